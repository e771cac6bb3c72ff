// The folders as a tree to click through: the one above the chosen folder, and those in it.

import { byId, el, focusOn, rebuilt, roving } from "./dom.js";

let folders = [];
let chosen = "";
let pick;

const separator = () => (folders.some((path) => path.includes("/")) ? "/" : "\\");

const above = (path) => path.slice(0, path.lastIndexOf(separator())) || separator();

const nameOf = (path) => path.slice(path.lastIndexOf(separator()) + 1) || path;

/** Make it one tab stop; a click calls `change({ folder })`. */
export function prepare(change) {
  pick = change;
  roving(byId("tree"));
}

/** Offer all folders with photos and their parents, sorted. */
export function offer(all) {
  folders = all;
  draw();
}

/** Show what is in a folder; empty: in the one that holds all others. */
export function show(folder) {
  chosen = folder;
  draw();
}

function draw() {
  const place = byId("tree");
  const had = focusOn(place);
  const top = folders[0] ?? "";
  const here = chosen || top;
  const inside = folders.filter((path) => path !== here && above(path) === here);
  const up = chosen && chosen !== top ? above(chosen) : null;
  const button = (path, text) => el("li", {}, el("button", {
    type: "button", "data-key": path, title: path, onclick: () => pick({ folder: path === top ? "" : path }),
  }, el("bdi", { text })));
  place.hidden = !inside.length && up === null;
  place.replaceChildren(
    ...(up === null ? [] : [button(up, `↑ ${nameOf(up)}`)]),
    ...inside.map((path) => button(path, nameOf(path))),
  );
  rebuilt(place, had);
  if (had !== null && !place.contains(document.activeElement)) place.querySelector("button")?.focus({ preventScroll: true });
}
