// The buttons that act on faces, and their keys.

import { el } from "./dom.js";
import { Field } from "./fields.js";
import { note } from "./messages.js";
import { answer } from "./sample.js";

/**
 * The buttons and keys for the chosen faces.
 *
 * `scope.chosen()` gives these faces, `scope.advance()` goes to the next one, `scope.focus()` returns the focus,
 * `scope.undone(ids)` goes where something was undone, `scope.photo(face)`, if there is one, opens a photo. In a random
 * sample, `scope.changed(faces)` shows what is said so far.
 */
export function bar(corrections, scope, { read_only: readOnly, oldest, longest_name: longestName, sample }) {
  const age = el("input", { type: "number", min: 0, max: oldest, step: "any", inputmode: "numeric", class: "age-input", "aria-label": "Age in years" });
  const name = el("input", { type: "text", list: "names", maxlength: longestName, class: "name-input", "aria-label": "Name", placeholder: "name", autocomplete: "off" });
  const years = (value) => `${Number(value)} years`;
  const called = (value) => (value.trim() ? `name ${value.trim()}` : "no name");
  const field = (input, initial, body, text) => new Field(input, {
    chosen: scope.chosen,
    initial,
    save: (faces, value) => (sample ? respond(faces, body(value)) : corrections.say(faces, body(value), text(value))),
    keep: (faces, value, problem) => {
      if (sample && !problem) answer(faces, body(value), corrections, scope.changed);
      else corrections.keep(faces, body(value), text(value), problem);
    },
    leave: scope.focus,
  });
  const nameOf = (faces) => {
    const names = new Set(faces.map((face) => face.name ?? ""));
    return names.size === 1 ? [...names][0] : "";
  };
  /** Say a part of an answer, and go on once it is complete; later, since a field may still have to be left. */
  const respond = (faces, part) => {
    if (answer(faces, part, corrections, scope.changed) && faces.length === 1) setTimeout(scope.advance);
  };
  const ageField = field(age, () => "", (value) => ({ age: Number(value) }), years);
  const nameField = field(name, nameOf, (value) => ({ name: value }), called);

  /** Call `act` with the chosen faces, if there are any. */
  const chosen = (act) => () => {
    const faces = scope.chosen();
    if (faces.length) act(faces);
    else note("Choose a face first.");
  };
  const say = (body, text, goesOn) => chosen((faces) => {
    corrections.say(faces, body, text);
    if (goesOn && faces.length === 1) scope.advance();
  });
  const gender = (faces, value) => (sample ? respond(faces, { gender: value }) : corrections.say(faces, { gender: value }, value));
  const actions = {
    confirm: say({}, "accept the estimates", true),
    female: chosen((faces) => gender(faces, "female")),
    male: chosen((faces) => gender(faces, "male")),
    flip: chosen((faces) => corrections.flip(faces)),
    nothing: say({ not_a_face: true }, "not a face", true),
    undo: async () => scope.undone(await corrections.undo(scope.chosen())),
    photo: chosen(([face]) => scope.photo(face)),
  };
  const button = (text, key, act, more = {}) =>
    el("button", { type: "button", onclick: act, "aria-keyshortcuts": key, ...more }, text, el("kbd", { text: key, "aria-hidden": "true" }));
  const undo = button("Undo", "U", actions.undo);
  const photo = scope.photo ? button("Photo", "P", actions.photo) : null;
  const writing = readOnly ? [] : [
    sample ? null : button("Accept", "Enter", actions.confirm, { class: "main" }),
    button("Female", "F", actions.female),
    button("Male", "M", actions.male),
    el("label", { class: "field" }, "Age", age),
    sample ? null : el("label", { class: "field" }, "Name", name, el("kbd", { text: "W", "aria-hidden": "true" })),
    button("Not a face", "N", actions.nothing),
  ];
  const keys = {
    f: actions.female, m: actions.male, n: actions.nothing, u: actions.undo,
    ...(sample ? {} : { Enter: actions.confirm, g: actions.flip, w: chosen(() => nameField.start()) }),
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
    else if (/^[0-9]$/.test(letter)) chosen(() => ageField.start(letter))();
    else if (keys[letter]) keys[letter]();
    else return;
    event.preventDefault();
  };
  const fields = [ageField, nameField];
  return {
    buttons: [...writing, photo].filter(Boolean),
    undo: readOnly ? null : undo,
    onKey,
    gender,
    startAge: chosen(() => ageField.start()),
    /** Call when other faces are chosen. */
    settle: () => fields.forEach((each) => each.settle()),
    /** Call before the fields go away. */
    leave: () => fields.forEach((each) => each.leave()),
  };
}
