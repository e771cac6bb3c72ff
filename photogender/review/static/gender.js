// A choice between the genders, beside what was clicked: one stray click or tap changes nothing.

import { byId, count, el } from "./dom.js";

/** Offer both genders for some faces below `anchor`; `pick(gender)` is called with the one that is clicked. */
export function choose(anchor, faces, pick) {
  const place = byId("gender");
  const { left, bottom } = anchor.getBoundingClientRect();
  place.replaceChildren(...["female", "male"].map((gender) => el("button", {
    type: "button", class: gender, "data-gender": gender, text: gender,
    "aria-label": `${count(faces.length, "face")}: ${gender}`,
    onclick: () => {
      place.hidePopover();
      pick(gender);
    },
  })));
  place.showPopover();
  place.style.setProperty("left", `${Math.max(0, Math.min(left, innerWidth - place.offsetWidth))}px`);
  place.style.setProperty("top", `${Math.max(0, Math.min(bottom + 2, innerHeight - place.offsetHeight))}px`);
}
