// The page: loads the faces that the address describes, and connects wall, filters, charts and corrections.

import { get } from "./api.js";
import * as charts from "./charts.js";
import { Corrections } from "./corrections.js";
import { byId, count, el, number } from "./dom.js";
import { bar } from "./edit.js";
import * as faceless from "./faceless.js";
import * as filters from "./filters.js";
import * as gender from "./gender.js";
import { announce, complain } from "./messages.js";
import { PhotoDialog } from "./photo.js";
import { explain } from "./sample.js";
import * as state from "./state.js";
import * as tree from "./tree.js";
import * as unsaved from "./unsaved.js";
import * as waiting from "./waiting.js";
import { Wall } from "./wall.js";

const RECOUNT = 700;

state.dropKey();

let settings;
let wall;
let photos;
let tools;
let asked = new AbortController();
let after = null;
let loading = false;
const wide = matchMedia("(min-width: 60rem)");
let recount;
let mustAsk = false;

/** Change some filters and show the result. */
function pick(changes) {
  state.write({ ...state.read(), ...changes });
  refresh();
}

/** Open a photo in which no face was found. */
const openPhoto = ({ id }) => photos.open({ photo: id, id: null });

/** Show the faces that match the address. */
async function refresh() {
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
  const wanted = state.read();
  filters.show(wanted);
  filters.chips(wanted, pick);
  tree.show(wanted.folder);
  document.body.classList.add("loading");
  try {
    const overview = numbers(signal);
    const isFaceless = faceless.asked(wanted);
    const found = isFaceless ? { faces: [], after: await faceless.load(wanted, null, openPhoto, signal) }
      : await get(`api/faces?${state.query(wanted)}`, signal);
    complain(null);
    after = found.after;
    wall.reset(found.faces);
    if (wide.matches) wall.selectFirst();
    byId("wall").hidden = byId("bar").hidden = isFaceless;
    byId("faceless").hidden = !isFaceless;
    byId("more").hidden = after === null;
    byId("empty").hidden = (isFaceless ? byId("faceless") : byId("wall")).childElementCount > 0;
    byId("empty").textContent = isFaceless ? "No photo without faces matches these filters." : "No face matches these filters.";
    scrollTo({ top: 0 });
    const shown = await overview;
    if (shown) announce(`${count(shown.faces, "face")}, ${number(shown.reviewed)} reviewed.`);
  } catch (failure) {
    if (failure.name !== "AbortError") complain(failure, refresh);
  } finally {
    if (asked.signal === signal) document.body.classList.remove("loading");
  }
}

/** Update the counts and the charts. */
async function numbers(signal) {
  try {
    const wanted = state.read();
    const overview = await get(`api/overview?${state.query(wanted)}`, signal);
    const counts = [count(overview.faces, "face"), `${number(overview.reviewed)} ${settings.sample ? "answered" : "reviewed"}`];
    byId("counts").textContent = counts.join(" · ");
    if (!settings.sample) charts.draw(overview, wanted, pick);
    return overview;
  } catch (failure) {
    if (failure.name !== "AbortError") complain(failure, refresh);
    return null;
  }
}

/** Show the next page of the wall. */
async function more() {
  if (loading || after === null) return;
  loading = true;
  const { signal } = asked;
  const query = new URLSearchParams(state.query(state.read()));
  query.set("after", after);
  try {
    if (faceless.asked(state.read())) after = await faceless.load(state.read(), after, openPhoto, signal);
    else {
      const found = await get(`api/faces?${query}`, signal);
      after = found.after;
      wall.append(found.faces);
    }
    byId("more").hidden = after === null;
  } catch (failure) {
    if (failure.name !== "AbortError") complain(failure, more);
  } finally {
    loading = false;
  }
}

/** After a correction: update tiles, photo and names now, the counts soon. */
function changed(faces, missing = []) {
  wall.update(faces, missing);
  photos.update(faces, missing);
  for (const face of faces) filters.offerName(face.name);
  clearTimeout(recount);
  recount = setTimeout(() => numbers(asked.signal), RECOUNT);
}

/** Show how many faces are selected. */
function selected() {
  const chosen = wall.selected.size;
  byId("bar").classList.toggle("none", !chosen);
  byId("selected").textContent = chosen ? `${number(chosen)} selected` : "None selected";
  tools?.settle();
}

function buildBar() {
  const several = el("button", {
    type: "button", class: "several", "aria-pressed": "false", text: "Several",
    onclick: () => {
      wall.several = !wall.several;
      several.setAttribute("aria-pressed", String(wall.several));
    },
  });
  const matching = el("button", {
    type: "button", text: "All that match", title: "Select all faces that match the filters, also those that are not loaded",
    onclick: async () => {
      const { signal } = asked;
      try {
        const found = await get(`api/matching?${state.query(state.read())}`, signal);
        wall.selectMatching(found.faces);
        wall.focus();
      } catch (failure) {
        if (failure.name !== "AbortError") complain(failure);
      }
    },
  });
  byId("bar").className = "bar";
  byId("bar").append(
    el("span", { id: "selected" }),
    el("div", { class: "actions", role: "group", "aria-label": "Correct the selected faces" }, ...tools.buttons),
    el("div", { class: "always" }, ...[tools.undo, ...(settings.sample ? [] : [several, matching])].filter(Boolean)),
  );
  if (settings.read_only) byId("bar").append(el("p", { class: "read-only", text: "Read-only: nothing can be changed." }));
}

/** Keys work at once: also while nothing has the focus. */
function keyAnywhere(event) {
  if (event.target !== document.body) return;
  if (photos.isOpen) photos.key(event);
  else if (event.key === "l" && !settings.sample) byId("people").click();
  else if (event.key.startsWith("Arrow") || event.key === "Escape") wall.key(event);
  else tools.onKey(event);
}

async function start() {
  settings = await get("api/settings");
  charts.prepare(settings.last_decade);
  filters.limitAges(settings.oldest);
  filters.offerGroups(settings.age_groups);
  const corrections = new Corrections(settings.most_faces, {
    changed,
    unsaved: (entries) => {
      const ids = unsaved.show(entries, corrections, () => (photos.isOpen ? photos : wall).focus());
      wall.mark(ids);
      photos.mark(ids);
      mustAsk = ids.size > 0 || entries.length > 0;
    },
  });
  wall = new Wall(byId("wall"), {
    select: () => selected(),
    edit: (element) => {
      if (settings.read_only) return;
      const faces = wall.chosen();
      if (element.dataset.edit === "age") tools.startAge();
      else gender.choose(element, faces, (picked) => tools.gender(faces, picked));
    },
  });
  photos = new PhotoDialog(corrections, settings, {
    neighbour: async (photo, by) => {
      const found = wall.neighbour(photo, by);
      if (found || by < 0 || after === null) return found;
      await more();
      return wall.neighbour(photo, by);
    },
    leave: (id) => wall.choose(id),
    changed,
    drawn: (face) => {
      wall.append([face]);
      changed([face]);
    },
  });
  const advance = async () => {
    if (wall.advance() || after === null) return;
    await more();
    wall.advance();
  };
  tools = bar(corrections, {
    chosen: () => wall.chosen(),
    advance,
    focus: () => wall.focus(),
    undone: ([id]) => { if (wall.faces.has(id)) wall.choose(id); },
    photo: (face) => photos.open(face),
    changed,
  }, settings);
  buildBar();
  selected();
  addEventListener("beforeunload", (event) => {
    if (mustAsk || document.querySelector("[data-typed=true]")) event.preventDefault();
  });

  document.addEventListener("keydown", keyAnywhere);
  byId("wall").addEventListener("keydown", tools.onKey);
  byId("bar").addEventListener("keydown", tools.onKey);
  byId("wall").addEventListener("keydown", (event) => {
    if (event.key === "?") byId("keys").showModal();
    else if (event.key === "l" && !settings.sample && !event.ctrlKey && !event.metaKey && !event.altKey) byId("people").click();
    else if (event.key === "ArrowRight" || event.key === "ArrowDown") {
      if (wall.order.indexOf(wall.current) > wall.order.length - 20) more();
    }
  });
  byId("wall").addEventListener("dblclick", (event) => {
    const tile = event.target.closest("[role=option]");
    if (tile && !event.target.dataset.edit) photos.open(wall.faces.get(Number(tile.dataset.id)));
  });
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();  // #wall in the address would count as a step of Back and Forward
    wall.focus();
  });
  byId("keys-open").addEventListener("click", () => byId("keys").showModal());
  byId("more").addEventListener("click", more);
  new IntersectionObserver((seen) => { if (seen.some((each) => each.isIntersecting)) more(); }, { rootMargin: "600px" }).observe(byId("more"));
  tree.prepare(pick);
  filters.watch((wanted) => pick(wanted));
  addEventListener("popstate", refresh);
  const unfold = () => { byId("panel").open = wide.matches; };
  wide.addEventListener("change", unfold);
  unfold();
  if (settings.sample) {
    document.body.classList.add("sample");
    byId("notice").textContent = explain(count(settings.sample, "face"));
  }
  await refresh();
  if (settings.sample) return;
  const offered = await get("api/choices");
  filters.offer(offered);
  tree.offer(offered.folders);
  await waiting.show();
}

async function begin() {
  try {
    await start();
  } catch (failure) {
    complain(failure, begin);
  }
}

begin();
