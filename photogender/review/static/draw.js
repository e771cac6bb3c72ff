// Drawing a box on a photo, by mouse, pen or finger.

import { el } from "./dom.js";

const SIDES = ["left", "top", "right", "bottom"];

/** Sides in shares of a picture of a point and another one, the smaller first. */
const between = (one, other) => [Math.min(one[0], other[0]), Math.min(one[1], other[1]), Math.max(one[0], other[0]), Math.max(one[1], other[1])];

/**
 * Let the person draw one box on `picture`.
 *
 * `done(box)` gets [x1, y1, x2, y2] as shares of its width and height. Returns a function that ends drawing.
 */
export function drawOn(picture, done) {
  const paper = el("div", { class: "paper" });
  const frame = el("div", { class: "sketch" });
  let start = null;
  const point = (event) => {
    const { left, top, width, height } = paper.getBoundingClientRect();
    const share = (value) => Math.min(Math.max(value, 0), 1);
    return [share((event.clientX - left) / width), share((event.clientY - top) / height)];
  };
  const show = (box) => {
    const inset = [box[0], box[1], 1 - box[2], 1 - box[3]];
    SIDES.forEach((side, at) => frame.style.setProperty(side, `${(100 * inset[at]).toFixed(3)}%`));
  };
  paper.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    paper.setPointerCapture(event.pointerId);
    start = point(event);
    show(between(start, start));
    paper.replaceChildren(frame);
  });
  paper.addEventListener("pointermove", (event) => { if (start) show(between(start, point(event))); });
  paper.addEventListener("pointercancel", () => { start = null; paper.replaceChildren(); });
  paper.addEventListener("pointerup", (event) => {
    if (!start) return;
    const box = between(start, point(event));
    start = null;
    if (box[0] < box[2] && box[1] < box[3]) done(box);
    else paper.replaceChildren();
  });
  picture.append(paper);
  return () => paper.remove();
}
