// The age pyramid and the timeline: buttons whose bars show how many faces a click would select.

import { byId, count, el, focusOn, number, rebuilt, roving } from "./dom.js";

/** Draw both; a click calls `pick(changes)` with changed filters. */
export function draw(overview, filters, pick) {
  drawPyramid(overview.pyramid, filters, pick);
  drawTimeline(overview.timeline, filters, pick);
}

let lastDecade;

/** Make each chart one tab stop; from `decade` on, all ages share one row. */
export function prepare(decade) {
  lastDecade = decade;
  roving(byId("pyramid"));
  roving(byId("timeline"));
  addEventListener("resize", thin);
}

function bar(share, across) {
  const element = el("span", { class: "fill" });
  element.style.setProperty(across ? "width" : "height", share ? `max(2px, ${(share * 100).toFixed(2)}%)` : "0");
  return element;
}

function drawPyramid(rows, filters, pick) {
  const place = byId("pyramid");
  const had = focusOn(place);
  const most = Math.max(1, ...rows.flatMap((row) => [row.female, row.male]));
  const lines = rows.map((row) => {
    const last = row.decade >= lastDecade;
    const label = last ? `${row.decade}+` : `${row.decade}–${row.decade + 9}`;
    const span = { age_from: String(row.decade), age_to: last ? "" : String(row.decade + 9) };
    const inSpan = filters.age_from === span.age_from && filters.age_to === span.age_to;
    const choice = (gender) => {
      const isOn = inSpan && filters.gender === gender;
      return el(
        "button",
        {
          type: "button", class: gender || "both", "data-key": `${row.decade}${gender}`, "aria-pressed": String(isOn),
          "aria-label": gender
            ? `${gender}, ${label} years: ${count(row[gender], "face")}`
            : `${label} years: ${count(row.female + row.male, "face")}`,
          onclick: () => pick(isOn ? { age_from: "", age_to: "", gender: "" } : { ...span, gender }),
        },
        ...(gender ? [bar(row[gender] / most, true), el("span", { class: "number", text: number(row[gender]) })] : [label]),
      );
    };
    return el("div", { class: "row" }, choice("male"), choice(""), choice("female"));
  });
  place.replaceChildren(
    el("div", { class: "row heads", "aria-hidden": "true" }, el("span", { class: "male", text: "male" }), el("span"), el("span", { class: "female", text: "female" })),
    ...lines.reverse(),
  );
  rebuilt(place, had);
}

function drawTimeline(timeline, filters, pick) {
  const place = byId("timeline");
  const had = focusOn(place);
  byId("timeline-title").textContent = timeline.year ? `Months of ${timeline.year}` : "Years";
  const most = Math.max(1, ...timeline.bars.map((each) => each.faces));
  const bars = timeline.bars.map(({ period, faces }) => {
    const isOn = filters.taken_from === period && filters.taken_to === period;
    const wider = timeline.year ?? "";
    return el(
      "button",
      {
        type: "button", "data-key": period, "aria-pressed": String(isOn), "aria-label": `${period}: ${count(faces, "face")}`,
        title: `${period}: ${count(faces, "face")}`,
        onclick: () => pick(isOn ? { taken_from: wider, taken_to: wider } : { taken_from: period, taken_to: period, undated: "" }),
      },
      el("span", { class: "track" }, bar(faces / most, false)),
      el("span", { class: "label", text: timeline.year ? period.slice(5) : period }),
    );
  });
  const back = timeline.year
    ? el("button", { type: "button", class: "back", "data-key": "back", text: "All years", onclick: () => pick({ taken_from: "", taken_to: "" }) })
    : null;
  const undated = timeline.undated
    ? el("button", {
      type: "button", class: "undated", "data-key": "undated", "aria-pressed": String(filters.undated === "yes"),
      text: `${count(timeline.undated, "face")} without a date`,
      onclick: () => pick({ undated: filters.undated ? "" : "yes", taken_from: "", taken_to: "" }),
    })
    : bars.length ? null : el("p", { class: "undated", text: "No dates" });
  place.replaceChildren(...[back, ...bars, undated].filter(Boolean));
  thin();
  rebuilt(place, had);
}

/** Where not every bar has room for its label, show only some. */
function thin() {
  const place = byId("timeline");
  place.classList.remove("dense");
  place.classList.toggle("dense", [...place.querySelectorAll(".label")].some((label) => label.scrollWidth > label.parentElement.clientWidth));
}
