// Saying what is right: one queue to the server, what can be undone, and the bar of buttons with its keys.

import { post } from "./api.js";
import { announce, complain, count, el } from "./dom.js";

const SLOW = 1500;

export class Editor {
  /** `show(ids, faces)` is called with faces that changed, as they are now. */
  constructor(show) {
    this.show = show;
    this.done = [];
    this.queue = Promise.resolve();
  }

  /** Say something of some faces; they wait for each other, so that typing fast loses nothing. */
  say(ids, body, words) {
    return this.#queued(ids, words, async () => {
      const answer = await post("/api/corrections", { ...body, faces: ids });
      this.done.push(ids);
      return answer;
    });
  }

  /** Each face gets the gender it does not have. */
  async flip(faces) {
    for (const gender of ["female", "male"]) {
      const ids = faces.filter((face) => face.gender !== gender).map((face) => face.id);
      if (ids.length) await this.say(ids, { gender }, `${count(ids.length, "face")}: ${gender}`);
    }
  }

  /**
   * Take back what was done last on this page, or else the latest correction of `faces`.
   *
   * Gives the ids of the faces meant, or null where there are none.
   */
  async undo(faces) {
    await this.queue;
    const corrected = faces.filter((face) => face.reviewed || face.name || face.gone).map((face) => face.id);
    const ids = this.done.at(-1) ?? corrected;
    if (!ids.length) {
      announce("Nothing to undo.");
      return null;
    }
    await this.#queued(ids, `Undone: ${count(ids.length, "face")}`, async () => {
      const answer = await post("/api/undo", { faces: ids });
      this.done.pop();
      return answer;
    });
    return ids;
  }

  #queued(ids, words, work) {
    const attempt = async () => {
      const waiting = setTimeout(() => announce("Waiting: a scan may be writing to the catalog."), SLOW);
      document.body.classList.add("saving");
      try {
        const { faces } = await work();
        complain(null);
        this.show(ids, faces);
        announce(words);
      } catch (failure) {
        complain(failure, () => { this.queue = this.queue.then(attempt); });
      } finally {
        clearTimeout(waiting);
        document.body.classList.remove("saving");
      }
    };
    this.queue = this.queue.then(attempt);
    return this.queue;
  }
}

/**
 * The buttons that act on faces, and their keys.
 *
 * `scope.chosen()` gives the faces meant, `scope.advance()` goes on to the next one, `scope.focus()` puts the focus
 * back, `scope.undone(ids)` goes where something was taken back, `scope.photo(face)`, if there is one, opens a photo.
 */
export function bar(editor, scope, { read_only: readOnly, oldest, longest_name: longestName }) {
  const age = el("input", { type: "number", min: 0, max: oldest, step: "any", inputmode: "numeric", class: "age-input", "aria-label": "Age in years" });
  const name = el("input", { type: "text", list: "names", maxlength: longestName, class: "name-input", "aria-label": "Name", placeholder: "name", autocomplete: "off" });
  const ids = () => scope.chosen().map((face) => face.id);

  const say = (body, words, goesOn) => {
    const chosen = ids();
    if (!chosen.length) {
      announce("Choose a face first.");
      return;
    }
    editor.say(chosen, body, `${count(chosen.length, "face")}: ${words}`);
    if (goesOn && chosen.length === 1) scope.advance();
  };
  const actions = {
    confirm: () => say({}, "accepted", true),
    female: () => say({ gender: "female" }, "female"),
    male: () => say({ gender: "male" }, "male"),
    flip: () => editor.flip(scope.chosen()),
    nothing: () => say({ not_a_face: true }, "not a face", true),
    undo: async () => {
      const undone = await editor.undo(scope.chosen());
      if (undone) scope.undone(undone);
    },
    photo: () => {
      const [face] = scope.chosen();
      if (face) scope.photo?.(face);
    },
  };
  const enter = (input, commit) => {
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
        if (!input.reportValidity()) return;
        commit();
      } else if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      input.value = "";
      scope.focus();
    });
  };
  enter(age, () => { if (age.value !== "") say({ age: Number(age.value) }, `${Number(age.value)} years`); });
  enter(name, () => say({ name: name.value }, name.value ? `name ${name.value}` : "no name"));

  const startAge = (digit = "") => {
    age.value = digit;
    age.focus();
    if (!digit) age.select();
  };
  const startName = () => {
    const named = new Set(scope.chosen().map((face) => face.name ?? ""));
    name.value = named.size === 1 ? [...named][0] : "";
    name.focus();
    name.select();
  };
  const button = (text, key, act, more = {}) =>
    el("button", { type: "button", onclick: act, "aria-keyshortcuts": key, ...more }, text, el("kbd", { text: key, "aria-hidden": "true" }));
  const undo = button("Undo", "U", actions.undo);
  const photo = scope.photo ? button("Photo", "P", actions.photo) : null;
  const writing = readOnly ? [] : [
    button("Accept", "Enter", actions.confirm, { class: "main" }),
    button("Female", "F", actions.female),
    button("Male", "M", actions.male),
    el("label", { class: "field" }, "Age", age),
    el("label", { class: "field" }, "Name", name, el("kbd", { text: "W", "aria-hidden": "true" })),
    button("Not a face", "N", actions.nothing),
  ];
  const keys = {
    Enter: actions.confirm, f: actions.female, m: actions.male, g: actions.flip, n: actions.nothing, u: actions.undo, w: startName,
  };
  const onKey = (event) => {
    if (event.target.matches("input")) return;
    if (event.key === "Enter" && event.target.matches("button:not(.box)")) return;
    const letter = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey || event.altKey) {
      if (letter !== "z" || event.altKey || readOnly) return;
      actions.undo();
    } else if (letter === "p" && scope.photo) actions.photo();
    else if (readOnly) return;
    else if (/^[0-9]$/.test(letter)) startAge(letter);
    else if (keys[letter]) keys[letter]();
    else return;
    event.preventDefault();
  };
  return { buttons: [...writing, photo].filter(Boolean), undo: readOnly ? null : undo, onKey, startAge, flip: actions.flip };
}
