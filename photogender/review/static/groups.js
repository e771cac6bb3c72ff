// Groups of faces that look like one person's: a stack each, to be named once.

import { count, el } from "./dom.js";
import * as words from "./face.js";
import { note } from "./messages.js";

/** The address of a group's page. */
export const groupAt = (id) => `people?group=${id}`;

/** "Ada L.?", or how many faces have the name already. */
const suggestion = (group) => el("p", { class: "suggested" }, el("bdi", { text: `${group.name}?` }), el("span", { class: "hint", text: ` ${count(group.named, "face")} with a name` }));

/** The buttons and the field that say who a group is; `on` as in `stacks`. */
function naming(group, settings, on) {
  const number = count(group.unnamed.length, "face");
  const name = (value) => on.change("confirm", { group: group.id, faces: group.unnamed, name: value }, (answer) => `${answer.name}: ${count(answer.faces.length, "face")} named.`);
  if (group.name) {
    return el("div", { class: "actions" },
      el("button", { type: "button", class: "main", text: "Yes", "aria-label": `Yes, ${number}: ${group.name}`, onclick: () => name("") }),
      el("button", {
        type: "button", text: "No", "aria-label": `No, these ${number} are not ${group.name}`,
        onclick: () => on.change("reject", { group: group.id, faces: group.unnamed }, () => `Not ${group.name}: ${number}.`),
      }));
  }
  const form = el("form", { class: "actions", autocomplete: "off" },
    el("input", { "data-group": group.id, name: "name", list: "names", required: true, maxlength: settings.longest_name, placeholder: "name", "aria-label": `Name of ${number}`, spellcheck: "false" }),
    el("button", { text: "Save" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    name(form.elements.name.value);
  });
  return form;
}

const ignoring = (group, on) => el("button", {
  type: "button", class: "quiet", text: group.ignored ? "Show again" : "Ignore", title: group.ignored ? "" : "Strangers: left out, also with faces that join them later",
  onclick: () => on.change("ignore", { group: group.id, show: Boolean(group.ignored) }, () => (group.ignored ? "The group is shown again." : "The group is ignored.")),
});

/** The section with all groups; `on.change(what, body, said)` sends a change, and `said(answer)` tells of it. */
export function stacks({ groups, total, ignored }, settings, on) {
  const chosen = new Set();
  const join = el("button", {
    type: "button", disabled: true, text: "Join the ticked stacks",
    onclick: () => on.change("join", { groups: [...chosen] }, () => "They are one group now."),
  });
  const choose = (group) => {
    const box = el("input", { type: "checkbox", "aria-label": `Choose the group of ${count(group.unnamed.length, "face")} to join it` });
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(group.id);
      else chosen.delete(group.id);
      join.disabled = chosen.size < 2;
    });
    return box;
  };
  const card = (group) => el("li", { class: "stack" },
    el("a", { class: "crops", href: groupAt(group.id), "aria-label": `Look at the ${count(group.unnamed.length + group.named, "face")}` },
      ...group.some.map((face) => el("img", { src: `faces/${face}.jpg`, alt: "", loading: "lazy", width: 64, height: 64 }))),
    group.name ? suggestion(group) : null,
    el("p", { class: "number-of" }, settings.read_only ? null : choose(group), el("a", { href: groupAt(group.id), text: count(group.unnamed.length, "face") }), settings.read_only ? null : ignoring(group, on)),
    settings.read_only ? null : naming(group, settings, on));
  return el("section", { class: "groups", "aria-labelledby": "groups-title" },
    el("div", { class: "top" }, el("h2", { id: "groups-title", text: "Who is this?" }), settings.read_only ? null : join),
    el("p", { class: "hint", text: "Each stack looks like one person. Name it once; look at it first if you are not sure. Tick stacks that are one person, and join them." }),
    el("ul", { class: "stacks" }, ...groups.map(card)),
    total > groups.length || ignored ? el("p", { class: "hint", text: [
      total > groups.length ? `${total - groups.length} more follow when these are done.` : "",
      ignored ? `${count(ignored, "group")} ignored: photogender people groups --ignored lists them.` : "",
    ].join(" ").trim() }) : null);
}

/** The page of one group: all its faces, to name them or to take out who is somebody else. */
export function groupPage(group, settings, on) {
  const chosen = new Set();
  const reject = el("button", {
    type: "button", text: "Take out the ticked faces",
    onclick: () => {
      if (chosen.size) on.change("reject", { group: group.id, faces: [...chosen] }, () => `Taken out: ${count(chosen.size, "face")}.`);
      else note("Tick the faces of somebody else first.");
    },
  });
  const tile = (face) => {
    const box = settings.read_only ? null : el("input", { type: "checkbox", "aria-label": `Somebody else: face in ${face.file}` });
    box?.addEventListener("change", () => {
      if (box.checked) chosen.add(face.id);
      else chosen.delete(face.id);
    });
    return el("li", {}, el("label", {}, words.picture(face),
      el("span", { class: "when" }, box, face.taken ? face.taken.slice(0, 4) : "no date"),
      el("span", { class: "age" }, el("bdi", { text: face.name ?? words.age(face) }))));
  };
  return [
    el("p", {}, el("a", { href: "people", text: "← All people" })),
    el("h2", { class: "who" }, el("bdi", { text: group.unnamed.length ? "Who is this?" : group.name })),
    group.name && group.unnamed.length ? suggestion(group) : null,
    group.unnamed.length ? el("p", { text: `${count(group.unnamed.length, "face")} without a name${group.named ? `, ${group.named} with one` : ""}.` }) : el("p", { text: "All faces have a name." }),
    settings.read_only ? null : el("div", { class: "deciding" }, group.unnamed.length ? naming(group, settings, on) : null, reject, ignoring(group, on)),
    settings.read_only ? null : el("p", { class: "hint", text: "Tick who is somebody else and take them out: they become a group of their own, and are never put back." }),
    el("ul", { class: "through all" }, ...group.faces.map(tile)),
  ].filter(Boolean);
}
