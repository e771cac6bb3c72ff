// Photos in which no face was found: a click opens one, so that a face can be drawn.

import { get } from "./api.js";
import { byId, el } from "./dom.js";
import * as state from "./state.js";

/** Whether the filters ask for them. */
export const asked = (filters) => filters.faces === "0";

/** Show the photos that match, or those after `beyond`; a click calls `open(photo)`. Returns where more begin, or null. */
export async function load(filters, beyond, open, signal) {
  const query = new URLSearchParams(state.query(filters));
  if (beyond) query.set("beyond", beyond);
  const found = await get(`api/faceless?${query}`, signal);
  const tiles = found.photos.map((photo) => el("li", {},
    el("button", { type: "button", title: `${photo.folder}/${photo.file}`, onclick: () => open(photo) },
      el("img", { src: `photos/${photo.id}.jpg?small=yes`, alt: "", loading: "lazy", width: 160, height: 160 }),
      el("bdi", { text: photo.file }))));
  if (!beyond) byId("faceless").replaceChildren();
  byId("faceless").append(...tiles);
  return found.beyond;
}
