// Messages to the person: for screen readers, notes, and errors.

import { byId, el } from "./dom.js";

/** Announce to screen readers what the screen already shows. */
export function announce(text) {
  byId("live").textContent = text;
}

/** Show and announce a sentence, with a button that calls `undo` if it is given; null removes the last one. */
export function note(text, undo = null) {
  byId("note").replaceChildren(...(text === null ? [] : [
    el("p", { text }),
    ...(undo ? [el("button", { type: "button", text: "Undo", onclick: undo })] : []),
    el("button", { type: "button", text: "Dismiss", onclick: () => note(null) }),
  ]));
  if (text !== null) announce(text);
}

/** Show an error, with a button to try again if `again` is given; null removes it. */
export function complain(failure, again = null) {
  const place = byId("alert");
  if (!failure) {
    place.replaceChildren();
    return;
  }
  const done = () => place.replaceChildren();
  place.replaceChildren(
    el("p", { text: failure.message }),
    failure.hint ? el("p", { class: "hint", text: failure.hint }) : "",
    again ? el("button", { type: "button", text: "Try again", onclick: () => { done(); again(); } }) : "",
    el("button", { type: "button", text: "Dismiss", onclick: done }),
  );
}

/** While a dialog is open, show messages inside it: the browser makes everything outside inert. */
export function follow(dialog) {
  dialog.prepend(byId("messages"));
  dialog.addEventListener("close", () => document.body.append(byId("messages")), { once: true });
}
