// The filter form, and the chips of active filters.

import { byId, el } from "./dom.js";
import { NAMES } from "./state.js";

const form = byId("filters");

/** Show filters in the form. */
export function show(filters) {
  for (const name of NAMES) {
    const field = form.elements[name];
    field.value = filters[name];
    if (field.value !== filters[name] && field.tagName === "SELECT") {
      field.append(el("option", { value: filters[name], text: filters[name] }));
      field.value = filters[name];
    }
  }
}

/** The filters in the form; null if a value is invalid. */
export function typed() {
  if (!form.reportValidity()) return null;
  return Object.fromEntries(NAMES.map((name) => [name, form.elements[name].value.trim()]));
}

/** Offer the age groups. */
export function offerGroups(groups) {
  form.elements.age_group.append(...groups.map((value) => el("option", { value, text: value.endsWith("-") ? `${value.slice(0, -1)}+` : value.replace("-", "–") })));
}

/** Set the highest age that can be entered. */
export function limitAges(oldest) {
  form.elements.age_from.max = form.elements.age_to.max = oldest;
}

/** Call `changed(filters)` whenever the person changes some. */
export function watch(changed) {
  const tell = () => {
    const filters = typed();
    if (filters) changed(filters);
  };
  form.addEventListener("change", tell);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tell();
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    changed(Object.fromEntries(NAMES.map((name) => [name, name === "sort" ? form.elements.sort.value : ""])));
  });
}

/** Offer folders, names and models. */
export function offer({ folders, names, models }) {
  byId("folders").replaceChildren(...folders.map((value) => el("option", { value })));
  for (const name of names) offerName(name);
  for (const value of models) {
    if (![...form.elements.model.options].some((option) => option.value === value)) {
      form.elements.model.append(el("option", { value, text: value }));
    }
  }
}

/** Offer one more name. */
export function offerName(name) {
  if (name && ![...byId("names").options].some((option) => option.value === name)) {
    byId("names").append(el("option", { value: name }));
  }
}

/** A button for each active filter that removes it. */
export function chips(filters, pick) {
  const range = (from, to, unit) => (from === to ? `${from}${unit}` : from && to ? `${from}–${to}${unit}` : from ? `from ${from}${unit}` : `up to ${to}${unit}`);
  const { gender, age_group, faces, age_from, age_to, taken_from, taken_to, undated, confidence, reviewed, folder, name, unlikely, model } = filters;
  const used = [
    gender && [gender, ["gender"]],
    age_group && [`age group ${age_group}`, ["age_group"]],
    faces && [faces === "0" ? "no face in the photo" : faces === "1" ? "one face in the photo" : `${faces.endsWith("-") ? `${faces.slice(0, -1)} or more` : faces.replace("-", "–")} faces in the photo`, ["faces"]],
    (age_from || age_to) && [range(age_from, age_to, " years"), ["age_from", "age_to"]],
    (taken_from || taken_to) && [range(taken_from, taken_to, ""), ["taken_from", "taken_to"]],
    undated && ["without a date", ["undated"]],
    confidence && [`confidence ${confidence} %`, ["confidence"]],
    reviewed && [{ yes: "reviewed", no: "not reviewed", not_a_face: "marked as not a face" }[reviewed], ["reviewed"]],
    folder && [folder, ["folder"]],
    name && [name, ["name"]],
    unlikely && ["cannot be", ["unlikely"]],
    model && [`model ${model}`, ["model"]],
  ].filter(Boolean);
  byId("chips").hidden = !used.length;
  byId("chips").replaceChildren(...used.map(([text, names]) => el(
    "li", {},
    el("button", { type: "button", "aria-label": `Remove the filter ${text}`, onclick: () => pick(Object.fromEntries(names.map((each) => [each, ""]))) },
      el("bdi", { text }), el("span", { "aria-hidden": "true", text: " ×" })),
  )));
}
