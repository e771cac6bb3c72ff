// The wall of faces: its tiles, the focused one, and the selection.

import { el } from "./dom.js";
import * as words from "./face.js";

export class Wall {
  /** `on.select()` when the selection changes, `on.edit(element)` when a tile's gender or age is clicked. */
  constructor(list, on) {
    this.list = list;
    this.on = on;
    this.faces = new Map();
    this.selected = new Set();
    this.unsaved = new Set();
    this.beyond = new Map();
    this.order = [];
    this.current = null;
    this.anchor = null;
    this.several = false;
    list.addEventListener("click", (event) => this.#click(event));
    list.addEventListener("keydown", (event) => { if (event.target.matches("[role=option]")) this.key(event); });
    list.addEventListener("focusin", (event) => this.#focused(event));
  }

  /** Replace all faces. */
  reset(faces) {
    this.faces.clear();
    this.selected.clear();
    this.beyond.clear();
    this.order = [];
    this.current = this.anchor = null;
    this.list.replaceChildren();
    this.append(faces);
    this.on.select();
  }

  /** Add faces. */
  append(faces) {
    const fresh = faces.filter((face) => !this.faces.has(face.id));
    for (const face of fresh) {
      this.faces.set(face.id, face);
      this.order.push(face.id);
    }
    this.list.append(...fresh.map((face) => this.#tile(face)));
    if (this.current === null && this.order.length) this.#makeCurrent(this.order[0]);
  }

  /** Update faces; the ids `missing` are no longer in the catalog. */
  update(faces, missing) {
    for (const face of [...faces, ...missing.map((id) => ({ ...this.faces.get(id), id, vanished: true }))]) {
      if (this.beyond.has(face.id)) this.beyond.set(face.id, face);
      if (!this.faces.has(face.id)) continue;
      this.faces.set(face.id, face);
      const tile = this.tile(face.id);
      tile.className = this.#classes(face);
      tile.title = this.#title(face);
      tile.querySelector(".caption").replaceChildren(...words.caption(face));
    }
  }

  /** Mark the faces that have something unsaved. */
  mark(ids) {
    const changed = [...this.unsaved, ...ids].filter((id) => this.unsaved.has(id) !== ids.has(id) && this.faces.has(id));
    this.unsaved = ids;
    for (const id of changed) this.tile(id).className = this.#classes(this.faces.get(id));
  }

  #title(face) {
    return [`${face.folder}/${face.file}`, face.taken?.replace("T", " "), words.confidences(face)].filter(Boolean).join("\n");
  }

  #classes(face) {
    const isUnsaved = this.unsaved.has(face.id);
    return ["tile", face.vanished ? "vanished" : face.not_a_face ? "gone" : face.reviewed ? "reviewed" : "", isUnsaved ? "unsaved" : ""].join(" ").trim();
  }

  tile(id) {
    return document.getElementById(`face-${id}`);
  }

  /** The selected faces in the wall's order, then those that are not loaded; if none is selected, the focused one. */
  chosen() {
    if (!this.selected.size && this.list.contains(document.activeElement)) return [this.faces.get(this.current)];
    const loaded = this.order.filter((id) => this.selected.has(id)).map((id) => this.faces.get(id));
    return [...loaded, ...[...this.beyond.values()].filter((face) => this.selected.has(face.id) && !this.faces.has(face.id))];
  }

  /** Select one face and focus it. */
  choose(id) {
    this.anchor = id;
    this.#select([id]);
    this.#focus(id);
  }

  /** A face of the photo after the given one on the wall, or before it if `by` is -1; undefined if there is none. */
  neighbour(photo, by) {
    const faces = this.order.map((id) => this.faces.get(id));
    if (by < 0) faces.reverse();
    const last = faces.findLastIndex((face) => face.photo === photo);
    return faces.slice(last + 1).find((face) => face.photo !== photo);
  }

  /** Go to the next face; false if it is not loaded. */
  advance() {
    const next = this.order[this.order.indexOf(this.current) + 1];
    if (next !== undefined) this.choose(next);
    return next !== undefined;
  }

  /** Select the first face, so that keys act on it at once. */
  selectFirst() {
    if (this.order.length) this.#select([this.order[0]]);
  }

  /** Select the given faces, also those that are not loaded. */
  selectMatching(faces) {
    this.beyond = new Map(faces.map((face) => [face.id, face]));
    this.#select(faces.map((face) => face.id));
  }

  selectAll() {
    this.#select(this.order);
  }

  clear() {
    this.#select([]);
  }

  /** Return the focus to the wall. */
  focus() {
    if (this.current !== null) this.#focus(this.current);
  }

  #tile(face) {
    return el(
      "li",
      {
        id: `face-${face.id}`, role: "option", tabindex: -1, "aria-selected": String(this.selected.has(face.id)), "data-id": face.id,
        class: this.#classes(face),
        title: this.#title(face),
      },
      words.picture(face),
      el("span", { class: "caption" }, ...words.caption(face)),
    );
  }

  #makeCurrent(id) {
    const before = this.current === null ? null : this.tile(this.current);
    if (before) before.tabIndex = -1;
    this.current = id;
    this.tile(id).tabIndex = 0;
  }

  #focus(id) {
    this.#makeCurrent(id);
    this.tile(id).focus();
  }

  #select(ids) {
    const wanted = new Set(ids);
    for (const id of this.selected) if (!wanted.has(id)) this.tile(id)?.setAttribute("aria-selected", "false");
    for (const id of wanted) if (!this.selected.has(id)) this.tile(id)?.setAttribute("aria-selected", "true");
    this.selected = wanted;
    this.on.select();
  }

  #toggle(id) {
    const ids = new Set(this.selected);
    if (!ids.delete(id)) ids.add(id);
    this.anchor = id;
    this.#select(ids);
  }

  #extendTo(id) {
    const [from, to] = [this.order.indexOf(this.anchor ?? id), this.order.indexOf(id)].sort((a, b) => a - b);
    this.#select(this.order.slice(from, to + 1));
  }

  #focused(event) {
    // When Tab moves the focus to the wall, the face that the keys act on must be selected.
    const id = Number(event.target.dataset.id);
    if (id && !this.selected.size && event.target.matches(":focus-visible")) {
      this.anchor = id;
      this.#select([id]);
    }
  }

  #click(event) {
    const tile = event.target.closest("[role=option]");
    if (!tile) return;
    const id = Number(tile.dataset.id);
    const edit = event.target.dataset.edit;
    if (event.shiftKey) this.#extendTo(id);
    else if (event.ctrlKey || event.metaKey || (this.several && !edit)) this.#toggle(id);
    else if (!(edit && this.selected.has(id))) {
      this.anchor = id;
      this.#select([id]);
    }
    this.#focus(id);
    if (edit && !event.shiftKey && !event.ctrlKey && !event.metaKey) this.on.edit(event.target);
  }

  #columns() {
    return getComputedStyle(this.list).gridTemplateColumns.split(" ").length;
  }

  /** Move, select or deselect by a key. */
  key(event) {
    if (this.current === null) return;
    if (event.key === "Escape" && document.querySelector(":popover-open")) return; // the browser closes it
    const at = this.order.indexOf(this.current);
    const last = this.order.length - 1;
    const row = this.#columns();
    const to = {
      ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + row, ArrowUp: at - row,
      Home: 0, End: last, PageDown: Math.min(at + 3 * row, last), PageUp: Math.max(at - 3 * row, 0),
    }[event.key];
    if (to !== undefined) {
      const id = this.order[to];
      if (id !== undefined) {
        if (event.shiftKey) this.#extendTo(id);
        else if (!event.ctrlKey) {
          this.anchor = id;
          this.#select([id]);
        }
        this.#focus(id);
      }
    } else if (event.key === " ") this.#toggle(this.current);
    else if ((event.ctrlKey || event.metaKey) && event.key === "a") this.selectAll();
    else if (event.key === "Escape") this.clear();
    else return;
    event.preventDefault();
  }
}
