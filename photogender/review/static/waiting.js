// Corrections that wait: no photo shows their face now. They are kept until one does again.

import { get } from "./api.js";
import { byId, count, el, number } from "./dom.js";

/** Show how many there are, and the first of them in a list to open. */
export async function show() {
  const { total, corrections } = await get("api/waiting");
  const place = byId("waiting");
  place.hidden = !total;
  place.replaceChildren(...(total ? [
    el("summary", { text: `${count(total, "correction")} ${total === 1 ? "waits" : "wait"} for ${total === 1 ? "its" : "their"} photo` }),
    el("p", { text: "The photo was replaced, cannot be read or was not scanned yet, or the face was edited out. If it comes back, so does the correction." }),
    el("ul", {}, ...corrections.map((each) => el("li", {}, el("bdi", { text: `${each.path}: ${said(each)}` })))),
    total > corrections.length ? el("p", { text: `And ${number(total - corrections.length)} more: photogender corrections waiting` }) : null,
  ].filter(Boolean) : []));
}

function said({ name, gender, age, not_a_face: notAFace, author, created_at: when }) {
  const parts = [name && `name ${name}`, gender, age !== null && `${age} years`, notAFace && "not a face"].filter(Boolean);
  return `${parts.join(", ") || "nothing more"} (${author}, ${when.slice(0, 10)})`;
}
