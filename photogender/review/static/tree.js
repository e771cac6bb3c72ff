// The folders as a tree to click through: the one above the chosen folder, and those in it.

import { byId, el, focusOn, rebuilt, roving } from "./dom.js";

let folders = [];
let known = new Set();
let chosen = "";
let pick;

// Paths of Windows have no slash.
const separator = (path) => (path.includes("/") ? "/" : "\\");

/** The known folder that holds another: the empty one, which holds all, if it is the top of a drive. */
function above(path) {
  const rest = path.slice(0, path.lastIndexOf(separator(path)));
  return [rest, rest + separator(path)].find((folder) => folder !== path && known.has(folder)) ?? "";
}

const nameOf = (path) => path.slice(path.lastIndexOf(separator(path)) + 1) || path;

/** Make it one tab stop; a click calls `change({ folder })`. */
export function prepare(change) {
  pick = change;
  roving(byId("tree"));
}

/** Offer all folders with photos and their parents, sorted. */
export function offer(all) {
  folders = all;
  known = new Set(all);
  draw();
}

/** Show what is in a folder; empty: in the one that holds all others, or the tops of all drives. */
export function show(folder) {
  chosen = folder;
  draw();
}

function draw() {
  const place = byId("tree");
  const had = focusOn(place);
  const tops = folders.filter((path) => !above(path));
  const top = tops.length === 1 ? tops[0] : "";
  const here = chosen || top;
  const inside = folders.filter((path) => above(path) === here);
  const up = here === top ? null : above(chosen);
  const button = (path, text) => el("li", {}, el("button", {
    type: "button", "data-key": path, title: path, onclick: () => pick({ folder: path === top ? "" : path }),
  }, el("bdi", { text })));
  place.hidden = !inside.length && up === null;
  place.replaceChildren(
    ...(up === null ? [] : [button(up, up ? `↑ ${nameOf(up)}` : "↑ All folders")]),
    ...inside.map((path) => button(path, nameOf(path))),
  );
  rebuilt(place, had);
  if (had !== null && !place.contains(document.activeElement)) place.querySelector("button")?.focus({ preventScroll: true });
}
