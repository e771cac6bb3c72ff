// The page of people: all of them, or the one whom the address names.

import { get, post } from "./api.js";
import { byId, count, el } from "./dom.js";
import { groupPage, stacks } from "./groups.js";
import { announce, complain, note } from "./messages.js";
import { Person } from "./person.js";

let settings;

/** The address of a person's page. */
const pageOf = (name) => `people?${new URLSearchParams({ name })}`;

/** "female", or "female 97 %" if it is an estimate. */
const genderOf = ({ gender, gender_confidence: sure, gender_from: from }) =>
  (gender ? (from === "said" ? gender : `${gender} ${Math.min(Math.floor(sure * 100), 99)} %`) : "");

async function show() {
  const asked = new URLSearchParams(location.search);
  if (asked.has("name")) await showOne(asked.get("name"));
  else if (asked.has("group")) await showGroup(asked.get("group"));
  else await showAll();
}

async function showAll() {
  const [{ people, change }, found] = await Promise.all([get("api/people"), get("api/groups")]);
  offer(people);
  byId("counts").textContent = count(people.length, "person", "people");
  tellChange(change);
  const heads = ["", "Name", "Faces", "Photos", "From", "To", "Gender", "Born"];
  const groups = found.groups?.length || found.ignored ? stacks(found, settings, { change: sendGroup }) : null;
  byId("main").replaceChildren(...(groups ? [groups] : []), ...(people.length ? [
    ...(groups ? [el("h2", { text: "Everybody with a name" })] : []),
    el("div", { class: "scrolls" }, el("table", { class: "people" },
      el("caption", { class: "hidden", text: "People" }),
      el("thead", {}, el("tr", {}, ...heads.map((text) => el("th", { scope: "col" }, text || el("span", { class: "hidden", text: "Face" }))))),
      el("tbody", {}, ...people.map(row)))),
    el("p", { class: "hint", text: "A gender with a percentage, and a birth with ±, are estimates from all faces of the person. Choose a name to say what you know." }),
  ] : groups ? [] : [
    el("p", { class: "nobody", text: "No face has a name yet. Choose faces on the page Faces and press W to name them." }),
  ]));
}

function row(person) {
  const cell = (value, name) => el("td", { class: name, text: value ?? "" });
  return el("tr", {},
    el("td", { class: "face" }, person.face === null ? null : el("img", { src: `faces/${person.face}.jpg`, alt: "", loading: "lazy", width: 48, height: 48 })),
    el("th", { scope: "row" }, el("a", { href: pageOf(person.name) }, el("bdi", { text: person.name }))),
    cell(person.faces, "number"), cell(person.photos, "number"), cell(person.first, "date"), cell(person.last, "date"),
    cell(genderOf(person), "gender"), cell(person.born, "born"));
}

async function showOne(name) {
  const [person, { people }] = await Promise.all([get(`api/person?${new URLSearchParams({ name })}`), get("api/people")]);
  document.title = `${person.name} – photogender`;
  offer(people.filter((each) => each.name !== person.name));
  byId("counts").textContent = "";
  tellChange(person.change);
  const page = new Person(person, people, settings, { change: send });
  byId("main").replaceChildren(...page.parts());
}

async function showGroup(id) {
  const [group, { people, change }] = await Promise.all([get(`api/groups/${encodeURIComponent(id)}`), get("api/people")]);
  byId("counts").textContent = "";
  offer(people);
  tellChange(change);
  byId("main").replaceChildren(...groupPage(group, settings, { change: sendGroup }));
}

/** Offer the names of people where one is typed. */
function offer(people) {
  byId("names").replaceChildren(...people.map((each) => el("option", { value: each.name })));
}

/** Change a group, go back to all groups unless it is still to be named, and offer to take a name back. */
async function sendGroup(what, body, said) {
  try {
    const answer = await post(`api/groups/${what}`, body);
    complain(null);
    if (what !== "reject") history.replaceState(null, "", "people");
    const typed = [...byId("main").querySelectorAll("[data-group]")].filter((input) => Number(input.dataset.group) !== body.group);
    await show();
    for (const { dataset, value } of typed) {
      const input = byId("main").querySelector(`[data-group="${dataset.group}"]`);
      if (input) input.value = value;
    }
    byId("main").querySelector(".actions :is(input, button)")?.focus();
    const undo = answer.corrections && (async () => {
      try {
        await post("api/undo", { corrections: answer.corrections, faces: answer.faces });
        await show();
        note(`Taken back: ${said(answer)}`);
      } catch (failure) {
        complain(failure);
      }
    });
    note(said(answer), undo);
  } catch (failure) {
    complain(failure, show);
  }
}

/** Make a change, say what became of it, and show the person under the name that the person has now. */
async function send(what, body, said) {
  try {
    const answer = await post(`api/people/${what}`, body);
    complain(null);
    const sentences = [said(answer), ...(answer.differences ?? [])];
    if (answer.name) history.replaceState(null, "", pageOf(answer.name));
    await show();
    if (answer.differences?.length) note(sentences.join(" "));
    else {
      note(null);
      announce(sentences[0]);
    }
  } catch (failure) {
    complain(failure);
  }
}

const WORDS = {
  set: ([name]) => `what was said of ${name}`,
  rename: ([name, now]) => `${name} is named ${now} now`,
  merge: ([name, ...others]) => `${others.join(", ")} and ${name} are one person`,
};

/** Show the latest change to people, with a button that takes it back. */
function tellChange(change) {
  byId("change").hidden = !change;
  if (!change) return;
  const undo = async () => {
    try {
      const answer = await post("api/people/undo", { change: change.id });
      complain(null);
      const shown = new URLSearchParams(location.search).get("name");
      if (shown && answer.names.includes(shown)) history.replaceState(null, "", pageOf(answer.names[0]));
      await show();
      const left = answer.left_alone ? ` ${count(answer.left_alone, "face")} corrected since then: left as they are.` : "";
      note(`Taken back: ${WORDS[answer.what](answer.names)}.${left}`);
    } catch (failure) {
      complain(failure, show);
    }
  };
  byId("change").replaceChildren(
    el("span", {}, "Latest change: ", el("bdi", { text: WORDS[change.what](change.names) }), ` (${change.author})`),
    settings.read_only ? "" : el("button", { type: "button", text: "Undo", onclick: undo }),
  );
}

async function begin() {
  try {
    settings ??= await get("api/settings");
    await show();
    document.body.classList.add("ready");
  } catch (failure) {
    complain(failure, begin);
  }
}

begin();
