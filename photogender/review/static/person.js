// One person: what is known, the faces through the years, and what a person can say.

import { count, el } from "./dom.js";
import * as words from "./face.js";
import { note } from "./messages.js";

const DATES = "2015-03-02, 2015-03, 2015, 1948..1953 or about 1950 (five years to each side)";

export class Person {
  /** `on.change(what, body, said)` sends a change; `said(answer)` is the sentence that tells of it. */
  constructor(person, people, settings, on) {
    this.person = person;
    this.people = people;
    this.settings = settings;
    this.on = on;
  }

  /** The elements of the page. */
  parts() {
    const { person } = this;
    const dates = person.first ? (person.first === person.last ? `, ${person.first}` : `, ${person.first} to ${person.last}`) : "";
    const wall = (more) => `./?${new URLSearchParams({ name: person.name, ...more })}`;
    return [
      el("p", {}, el("a", { href: "people", text: "← All people" })),
      el("h2", { class: "who" }, el("bdi", { text: person.name })),
      el("p", { class: "facts" }, `${count(person.faces, "face")} in ${count(person.photos, "photo")}${dates}. `,
        person.faces ? el("a", { href: wall({ sort: "earliest" }), text: "Show them on the wall" }) : null),
      el("p", { class: "hint", text: this.#known() }),
      this.#through(),
      ...(person.problems.length ? [this.#problems(wall)] : []),
      ...(this.settings.read_only ? [el("p", { class: "read-only", text: "Read-only: nothing can be changed." })] : [
        el("div", { class: "forms" }, this.#facts(), this.#naming(), this.#merging()),
      ]),
      this.#years(),
    ];
  }

  #known() {
    const { person } = this;
    const { gender, gender_from: from, gender_confidence: sure, born, born_from: bornFrom, died, author, said_at: at } = person;
    const parts = [
      gender && (from === "said" ? `${gender}, as was said` : `${gender} by all faces together (${Math.min(Math.floor(sure * 100), 99)} % sure)`),
      born && (bornFrom === "said" ? `born ${born}, as was said` : `born ${born}, by ages and dates of the faces`),
      died && `died ${died}`,
    ].filter(Boolean);
    const who = author ? ` Said by ${author}, ${at.slice(0, 10)}.` : "";
    return parts.length ? `${parts.join("; ")}.${who}` : "Nothing is known but the faces.";
  }

  #through() {
    return el("ul", { class: "through", tabindex: 0, "aria-label": "Faces through the years" }, ...this.person.shown.map((face) => el("li", {},
      words.picture(face),
      el("span", { class: "when", text: face.taken ? face.taken.slice(0, 4) : "no date" }),
      el("span", { class: "age", text: words.age(face) }))));
  }

  #problems(wall) {
    const { problems, shown } = this.person;
    const taken = new Map(shown.map((face) => [face.id, face.taken?.slice(0, 10)]));
    return el("section", { class: "problems" },
      el("h3", { text: "What cannot be" }),
      el("ul", {}, ...problems.slice(0, 8).map(({ face, why }) => el("li", {},
        el("img", { src: `faces/${face}.jpg`, alt: "", loading: "lazy", width: 48, height: 48 }),
        el("span", {}, el("bdi", { text: why }), taken.get(face) ? `, in a photo of ${taken.get(face)}` : "")))),
      el("p", {}, problems.length > 8 ? `And ${problems.length - 8} more. ` : "", el("a", { href: wall({ unlikely: "yes" }), text: "Show these faces on the wall" })));
  }

  /** A form with a title, what is in it, and a button; `act(values)` gets what was typed. */
  #form(title, button, act, ...children) {
    const form = el("form", { autocomplete: "off", "aria-label": title }, el("h3", { text: title }), ...children, el("button", { text: button }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      act(Object.fromEntries(new FormData(form)));
    });
    return form;
  }

  #facts() {
    const { person } = this;
    const said = { born: person.born_from === "said" ? person.born : "", died: person.died, gender: person.gender_from === "said" ? person.gender : "" };
    const date = (name, label) => el("label", {}, label, el("input", {
      name, value: said[name], spellcheck: "false", placeholder: name === "born" && person.born && !said.born ? person.born : "unknown", "aria-describedby": "dates",
    }));
    const gender = el("select", { name: "gender" },
      ...[["", "unknown"], ["female", "female"], ["male", "male"]].map(([value, text]) => el("option", { value, text, selected: value === said.gender })));
    return this.#form("What you know", "Save", (values) => {
      const changed = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value.trim()]).filter(([key, value]) => value !== said[key]));
      if (!Object.keys(changed).length) note("Nothing was changed.");
      else this.on.change("set", { name: person.name, ...changed }, () => `Saved: what is known of ${person.name}.`);
    }, date("born", "Born"), date("died", "Died"), el("label", {}, "Gender", gender), el("p", { class: "hint", id: "dates", text: `A date: ${DATES}. Empty: unknown. Ages in dated photos follow from the birth.` }));
  }

  #naming() {
    const { person } = this;
    return this.#form("Another name", "Rename", ({ new: typed }) => {
      const name = typed.trim();
      if (name === person.name) note("Nothing was changed.");
      else if (this.people.some((each) => each.name === name)) note(`There is already somebody named ${name}. If both are one person, merge them below.`);
      else this.on.change("rename", { name: person.name, new: name }, (answer) => `${person.name} is named ${answer.name} now.`);
    }, el("label", {}, "Name", el("input", { name: "new", value: person.name, required: true, maxlength: this.settings.longest_name, spellcheck: "false" })));
  }

  #merging() {
    const { person } = this;
    return this.#form("The same person as somebody else", "Merge", ({ into }) => {
      this.on.change("merge", { name: person.name, into: into.trim() }, (answer) => `${count(answer.faces, "face")} more of ${answer.name}.`);
    }, el("label", {}, "Name of the other", el("input", { name: "into", list: "names", required: true, maxlength: this.settings.longest_name, spellcheck: "false" })),
    el("p", { class: "hint", text: `All faces of ${person.name} get that name; nothing that was said of them is lost.` }));
  }

  #years() {
    const whole = (value) => (value === null ? "" : String(Math.floor(value)));
    return el("section", {},
      el("h3", { text: "Year by year" }),
      el("table", {},
        el("thead", {}, el("tr", {}, ...["Year", "Photos", "Age", "Looks"].map((text) => el("th", { scope: "col", text })))),
        el("tbody", {}, ...this.person.years.map((each) => el("tr", {},
          el("th", { scope: "row", text: each.year ?? "no date" }), el("td", { class: "number", text: each.photos }),
          el("td", { class: "number", text: whole(each.age) }), el("td", { class: "number", text: whole(each.looks) }))))),
      el("p", { class: "hint", text: "Looks: the estimate of the network alone." }));
  }
}
