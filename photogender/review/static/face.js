// A face as text, and the parts of its tile.

import { el } from "./dom.js";

const percent = (value) => `${Math.floor(value * 100)} %`;

const sure = (face, value) => (value === null ? "" : face.reviewed && value === 1 ? "✓" : percent(value));

/** "female 96 %" */
export const gender = (face) => `${face.gender} ${sure(face, face.gender_confidence)}`;

/** "34 years 52 %" */
export const age = (face) => `${Math.floor(face.age)} ${Math.floor(face.age) === 1 ? "year" : "years"} ${sure(face, face.age_confidence)}`;

/** For screen readers: what neither picture nor caption says. */
export const more = (face) => [
  face.age_low === null || face.age_low === face.age_high ? "" : `from ${face.age_low} to ${face.age_high} years`,
  `group ${face.age_group}`, face.vanished ? "no longer in the catalog" : face.not_a_face ? "marked as not a face" : face.reviewed ? "reviewed" : "", face.taken ? `taken ${face.taken.slice(0, 10)}` : "",
].filter(Boolean).join(", ");

const reasons = new Map();

/** Why a picture is missing; requested once per photo. */
async function reason(face) {
  if (!reasons.has(face.photo)) {
    reasons.set(face.photo, fetch(`/faces/${face.id}.jpg`)
      .then(async (response) => (response.ok ? "" : (await response.json()).error))
      .catch(() => "the page has lost its server"));
  }
  return reasons.get(face.photo);
}

/** The picture of a face; text if there is none. */
export function picture(face) {
  const image = el("img", {
    src: `/faces/${face.id}.jpg?v=${face.version}`, alt: `Face in ${face.file}`, loading: "lazy", decoding: "async",
    width: 160, height: 160, draggable: "false",
  });
  image.addEventListener("error", async () => {
    const words = el("span", { class: "lost", text: "No picture" });
    image.replaceWith(words);
    words.textContent = `No picture: ${(await reason(face)) || "it cannot be shown"}`;
  });
  return image;
}

/** The text below the picture of a face. */
export function caption(face) {
  return [
    el("span", { class: "name" }, el("bdi", { text: face.name ?? "" })),
    el("span", { class: `gender ${face.gender}`, text: gender(face), "data-edit": "gender" }),
    el("span", { class: "age", text: age(face), "data-edit": "age" }),
    el("span", { class: "hidden", text: more(face) }),
  ];
}
