// A face as text, and the parts of its tile.

import { el } from "./dom.js";

/** Confidences below these are marked as doubt: for the gender, and for one of eight age groups. */
const DOUBT = { gender: 0.8, age: 0.5 };

const percent = (value) => `${Math.floor(value * 100)} %`;

/** "female", "female ?" if it is unsure, "female ✓" if a person said so. */
export const gender = (face) => face.hidden ? face.said?.gender ?? "gender?" :
  `${face.gender}${face.gender_from === "reviewed" ? " ✓" : face.gender_confidence < DOUBT.gender ? " ?" : ""}`;

/** "34 (27–42)" with the range of likely ages, "34 years" without one, and marked as the gender is. */
export const age = (face) => {
  if (face.hidden) return face.said?.age === undefined ? "age?" : `${face.said.age} years`;
  const years = Math.floor(face.age);
  const value = face.age_confidence;
  if (face.age_from === "reviewed") return `${years} ${years === 1 ? "year" : "years"} ✓`;
  const range = face.age_low === null || Math.floor(face.age_low) === Math.floor(face.age_high) ? years === 1 ? "year" : "years" : `(${Math.floor(face.age_low)}–${Math.floor(face.age_high)})`;
  return `${years} ${range}${value !== null && value < DOUBT.age ? " ?" : ""}`;
};

const FROM = { estimate: "", reviewed: " as a person said", person: " from who it is," };

/** "gender 96 % sure, age group 52 % sure": where both come from, and the confidences in numbers. */
export const confidences = (face) => face.hidden ? "estimate hidden until you answer" : [
  `gender${FROM[face.gender_from]}${face.gender_from === "reviewed" ? "" : ` ${percent(face.gender_confidence)} sure`}`,
  face.age_from === "reviewed" ? `age${FROM.reviewed}` : face.age_confidence === null ? "" : `age group${FROM[face.age_from]} ${percent(face.age_confidence)} sure`,
].filter(Boolean).join(", ");

/** The gender as a class of style: none while it is hidden. */
export const hue = (face) => (face.hidden ? face.said?.gender ?? "" : face.gender);

/** "f 34", as the label of a box. */
export const short = (face) => (face.not_a_face ? "not a face" : face.hidden ? "?" : face.name || `${face.gender[0]} ${Math.floor(face.age)}`);

/** For screen readers: what neither picture nor caption says. */
export const more = (face) => [
  confidences(face), face.hidden ? "" : `group ${face.age_group}`, face.vanished ? "no longer in the catalog" : face.not_a_face ? "marked as not a face" : face.reviewed ? "reviewed" : "", face.taken ? `taken ${face.taken.slice(0, 10)}` : "",
].filter(Boolean).join(", ");

const reasons = new Map();

/** Why a picture is missing; requested once per photo. */
async function reason(face) {
  if (!reasons.has(face.photo)) {
    reasons.set(face.photo, fetch(`faces/${face.id}.jpg`)
      .then(async (response) => (response.ok ? "" : (await response.json()).error))
      .catch(() => "the page has lost its server"));
  }
  return reasons.get(face.photo);
}

/** The box of a face in its picture, which is shown as a square without what exceeds it. */
function frame({ x, y, width, height, of_width: ofWidth, of_height: ofHeight }) {
  const side = Math.min(ofWidth, ofHeight);
  const box = el("span", { class: "frame" });
  const place = { left: x - (ofWidth - side) / 2, top: y - (ofHeight - side) / 2, width, height };
  for (const [name, value] of Object.entries(place)) box.style.setProperty(name, `${((100 * value) / side).toFixed(2)}%`);
  return box;
}

/** The picture of a face, with its box if it shows another one, too; text if there is none. */
export function picture(face) {
  const image = el("img", {
    src: `faces/${face.id}.jpg?v=${face.version}`, alt: `Face in ${face.file}`, loading: "lazy", decoding: "async",
    width: 160, height: 160, draggable: "false",
  });
  image.addEventListener("error", async () => {
    const words = el("span", { class: "lost", text: "No picture" });
    image.replaceWith(words);
    words.textContent = `No picture: ${(await reason(face)) || "it cannot be shown"}`;
  });
  return el("span", { class: "shot" }, image, face.crowd ? frame(face.crowd) : null);
}

/** A mark where a value follows from who it is. */
const fromPerson = (from) => (from === "person" ? el("span", { class: "from", text: "from name", title: "This follows from who it is: see People." }) : null);

/** The text below the picture of a face. */
export function caption(face) {
  return [
    el("span", { class: "name" }, el("bdi", { text: face.name ?? "" })),
    el("span", {}, el("span", { class: `gender ${hue(face)}`, text: gender(face), "data-edit": "gender" }), fromPerson(face.gender_from)),
    el("span", {}, el("span", { class: "age", text: age(face), "data-edit": "age" }), fromPerson(face.age_from)),
    face.why ? el("span", { class: "why" }, el("bdi", { text: face.why })) : "",
    el("span", { class: "hidden", text: more(face) }),
  ];
}
