// The list of what is not saved, until it is saved or dropped.

import { subject } from "./corrections.js";
import { byId, el } from "./dom.js";

const REASONS = { sending: "Still being saved: a scan may be writing to the catalog.", waiting: "Waits for the correction above." };

/** Show entries that need attention, with `focus()` called after a click; returns the ids of their faces. */
export function show(entries, corrections, focus) {
  const stuck = new Set();
  const shown = entries.filter((entry) => {
    const isShown = entry.status === "sending" ? entry.isSlow
      : entry.status !== "waiting" || entry.left.some((id) => stuck.has(id));
    if (isShown && entry.blocks) for (const id of entry.left) stuck.add(id);
    return isShown;
  });
  const canRetry = shown.filter((entry) => entry.again === "Try again" && entry.status === "failed").length > 1;
  byId("unsaved").replaceChildren(...(shown.length ? [
    el("div", { class: "top" },
      el("h2", { text: "Not saved" }),
      canRetry ? el("button", { type: "button", text: "Try all again", onclick: () => { corrections.retryAll(); focus(); } }) : null),
    el("ul", {}, ...shown.map((entry) => row(entry, corrections, focus))),
  ] : []));
  return new Set(shown.flatMap((entry) => entry.left));
}

function row(entry, corrections, focus) {
  const faces = entry.left.map((id) => entry.faces.get(id));
  const isOpen = ["failed", "draft", "vanished"].includes(entry.status);
  return el("li", {},
    el("p", {}, el("bdi", { text: `${subject(faces)}: ` }), el("strong", {}, el("bdi", { text: entry.text }))),
    el("p", { class: "hint", text: isOpen ? `${entry.reason} ${entry.hint}`.trim() : REASONS[entry.status] }),
    isOpen && entry.again ? el("button", { type: "button", text: entry.again, onclick: () => { corrections.retry(entry); focus(); } }) : null,
    entry.status === "sending" ? null : el("button", { type: "button", text: "Drop", onclick: () => { corrections.drop(entry); focus(); } }),
  );
}
