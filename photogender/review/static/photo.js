// A dialog with one photo and its boxes.

import { get, post } from "./api.js";
import { byId, count, el } from "./dom.js";
import { drawOn } from "./draw.js";
import { bar } from "./edit.js";
import * as words from "./face.js";
import { complain, follow, note } from "./messages.js";

/** With more faces than this, only the picked box has a label. */
const CROWD = 12;

/** How much larger a photo can be shown. */
const ZOOMS = [1, 2, 4];

export class PhotoDialog {
  /** `on.neighbour(photo, by)` finds a face of the next photo, `on.leave(face)` goes to a face after the dialog, `on.changed(faces)` shows faces, `on.drawn(face)` a new one. */
  constructor(corrections, settings, on) {
    this.on = on;
    this.corrections = corrections;
    this.settings = settings;
    this.dialog = byId("photo");
    this.content = byId("photo-content");
    this.faces = [];
    this.unsaved = new Set();
    this.picked = null;
    this.drawn = new Set();
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("click", (event) => { if (event.target === this.dialog) this.dialog.close(); });
    this.dialog.addEventListener("close", () => {
      this.tools?.leave();
      this.content.replaceChildren();
      if (this.went) this.on.leave(this.went);
      this.went = null;
    });
  }

  /** Show the photo of a face, with that face picked. */
  async open(face) {
    let photo;
    try {
      photo = await get(`api/photos/${face.photo}`);
    } catch (failure) {
      complain(failure, () => this.open(face));
      return;
    }
    if (this.dialog.open) this.tools.leave();
    this.photo = photo.id;
    this.faces = photo.faces;
    this.picked = face.id;
    this.#build(photo);
    if (!this.dialog.open) {
      follow(this.dialog);
      this.dialog.showModal();
    }
    this.#pick(face.id, true);
  }

  /** Update faces. */
  update(faces, missing) {
    for (const id of missing.filter((each) => this.drawn.has(each))) this.#remove(id);
    const now = new Map(faces.map((face) => [face.id, face]));
    this.faces = this.faces.map((face) => (missing.includes(face.id) ? { ...face, vanished: true } : now.get(face.id) ?? face));
    if (this.dialog.open) this.#fill();
  }

  /** Mark the faces that have something unsaved. */
  mark(ids) {
    this.unsaved = ids;
    if (this.dialog.open) this.#fill();
  }

  get isOpen() {
    return this.dialog.open;
  }

  /** Return the focus to the picked face. */
  focus() {
    this.#box(this.picked)?.focus();
  }

  /** Act on a key. */
  key(event) {
    if (event.key === "PageDown" || event.key === "PageUp") {
      event.preventDefault();
      this.#go(event.key === "PageUp" ? -1 : 1);
    } else if ((event.key === "+" || event.key === "-") && !event.ctrlKey && !event.metaKey && !event.target.matches("input")) {
      event.preventDefault();
      this.#zoom(event.key === "+" ? 1 : -1);
    } else if (event.key === "d" && this.pencil && !event.ctrlKey && !event.metaKey && !event.target.matches("input")) this.#draw();
    else if (event.key === "Escape" && this.pencil?.getAttribute("aria-pressed") === "true") {
      event.preventDefault(); // the dialog stays
      this.#draw();
    } else this.tools.onKey(event);
  }

  /** Begin to draw a face, or end it. */
  #draw() {
    const wasDrawing = this.pencil.getAttribute("aria-pressed") === "true";
    this.pencil.setAttribute("aria-pressed", String(!wasDrawing));
    if (wasDrawing) this.stopDrawing();
    else {
      this.stopDrawing = drawOn(this.picture, (box) => this.#save(box));
      note("Draw a box around the face, from the forehead to the chin.");
    }
  }

  /** Save a box that was drawn, and pick the new face. */
  async #save(box) {
    this.#draw();
    note(null);
    const { photo } = this;
    try {
      const { face } = await post(`api/photos/${photo}/faces`, { box });
      this.corrections.drew(face);
      this.on.drawn(face);
      if (!this.dialog.open || this.photo !== photo) return;
      this.drawn.add(face.id);
      this.faces.push(face);
      this.picture.append(this.#boxOf(face, this.size));
      this.#fill();
      this.#pick(face.id, true);
    } catch (failure) {
      complain(failure);
    }
  }

  /** Remove a face that was drawn and taken back. */
  #remove(id) {
    this.drawn.delete(id);
    this.#box(id)?.remove();
    this.faces = this.faces.filter((face) => face.id !== id);
    if (this.picked === id) this.picked = this.faces[0]?.id ?? null;
  }

  /** Show the next photo of the wall, or the one before. */
  async #go(by) {
    const face = await this.on.neighbour(this.photo, by);
    if (!face) {
      note(by < 0 ? "This is the first photo." : "This is the last photo.");
      return;
    }
    this.went = face.id;
    await this.open(face);
  }

  /** Show the photo larger or smaller, with the picked face in the middle. */
  #zoom(by) {
    const zoom = ZOOMS[ZOOMS.indexOf(this.zoom) + by];
    if (!zoom) return;
    this.zoom = zoom;
    this.picture.style.setProperty("--zoom", String(zoom));
    [this.smaller.disabled, this.larger.disabled] = [zoom === ZOOMS[0], zoom === ZOOMS.at(-1)];
    this.view.tabIndex = zoom > 1 ? 0 : -1;
    this.#center();
    const image = this.picture.querySelector("img");
    const address = `photos/${this.photo}.jpg?large=yes`;
    if (!image || image.getAttribute("src") === address) return;
    const sharp = new Image();
    sharp.addEventListener("load", () => { image.src = address; });
    sharp.src = address;
  }

  /** Scroll to the picked face. */
  #center() {
    const box = this.#box(this.picked);
    if (!box || this.zoom === 1) return;
    this.view.scrollTo(box.offsetLeft + (box.offsetWidth - this.view.clientWidth) / 2, box.offsetTop + (box.offsetHeight - this.view.clientHeight) / 2);
  }

  #build(photo) {
    this.tools = bar(this.corrections, {
      chosen: () => this.faces.filter((face) => face.id === this.picked),
      advance: () => this.#step(),
      focus: () => this.focus(),
      undone: ([id]) => { if (this.#box(id)) this.#pick(id, true); },
      changed: this.on.changed,
    }, this.settings);
    const facts = [photo.folder, photo.taken?.replace("T", " "), photo.camera, count(photo.faces.length, "face")];
    const image = el("img", { src: `photos/${photo.id}.jpg`, alt: `The photo ${photo.file}`, width: photo.width, height: photo.height });
    const picture = el("div", { class: this.faces.length > CROWD ? "picture crowd" : "picture" }, image, ...this.faces.map((face) => this.#boxOf(face, photo)));
    picture.style.setProperty("--shape", `${photo.width} / ${photo.height}`);
    picture.style.setProperty("--wide", String(photo.width / photo.height));
    image.addEventListener("error", async () => {
      const said = await fetch(`photos/${photo.id}.jpg`).then((response) => response.json()).catch(() => ({}));
      image.replaceWith(el("p", { class: "lost", text: `No picture: ${said.error ?? "it cannot be shown"}` }));
    });
    this.zoom = 1;
    this.picture = picture;
    this.size = { width: photo.width, height: photo.height };
    this.pencil = !this.settings.can_draw ? null
      : el("button", { type: "button", "aria-pressed": "false", title: "Draw a face that was not found", onclick: () => this.#draw() }, "Draw a face", el("kbd", { text: "D", "aria-hidden": "true" }));
    this.view = el("div", { class: "view", tabindex: -1, role: "group", "aria-label": "The photo" }, picture);
    const zoom = (text, by, label) => el("button", { type: "button", text, "aria-label": label, title: `${label} (${by > 0 ? "+" : "-"})`, disabled: by < 0, onclick: () => this.#zoom(by) });
    [this.smaller, this.larger] = [zoom("−", -1, "Smaller"), zoom("+", 1, "Larger")];
    this.list = el("ol", { class: "faces" });
    this.content.replaceChildren(
      el("div", { class: "top" },
        el("div", {}, el("h2", { id: "photo-title", text: photo.file }), el("p", { text: facts.filter(Boolean).join(" · ") })),
        el("span", { class: "step" }, this.pencil, this.smaller, this.larger,
          el("button", { type: "button", "aria-keyshortcuts": "PageUp", text: "Previous photo", onclick: () => this.#go(-1) }),
          el("button", { type: "button", "aria-keyshortcuts": "PageDown", text: "Next photo", onclick: () => this.#go(1) })),
        el("button", { type: "button", "aria-label": "Close the photo", text: "Close", onclick: () => this.dialog.close() }),
      ),
      this.view,
      this.list,
      el("div", { class: "bar", role: "group", "aria-label": "Correct the face" }, ...this.tools.buttons, ...(this.tools.undo ? [this.tools.undo] : [])),
    );
    this.#fill();
  }

  #boxOf(face, photo) {
    const box = el("button", { type: "button", class: "box", "data-box": face.id, onclick: () => this.#pick(face.id, true) });
    const percent = (value, whole) => `${((100 * value) / whole).toFixed(3)}%`;
    box.style.setProperty("left", percent(face.x1, photo.width));
    box.style.setProperty("top", percent(face.y1, photo.height));
    box.style.setProperty("width", percent(face.x2 - face.x1, photo.width));
    box.style.setProperty("height", percent(face.y2 - face.y1, photo.height));
    // Arrow keys on a box move to another face, as on the wall.
    box.addEventListener("keydown", (event) => {
      if (event.key === "ArrowRight" || event.key === "ArrowLeft") this.#step(event.key === "ArrowLeft" ? -1 : 1);
      else return;
      event.preventDefault();
    });
    return box;
  }

  #fill() {
    this.list.replaceChildren(...this.faces.map((face) => el(
      "li", {},
      el("button", { type: "button", "data-item": face.id, class: face.not_a_face || face.vanished ? "gone" : null, onclick: () => this.#pick(face.id) },
        el("bdi", { text: face.name ? `${face.name}: ` : "" }),
        this.#text(face),
        this.unsaved.has(face.id) ? el("strong", { class: "unsaved", text: " not saved" }) : null),
    )));
    for (const face of this.faces) {
      const box = this.#box(face.id);
      box.className = `box ${words.hue(face)}${face.not_a_face || face.vanished ? " gone" : ""}`;
      box.replaceChildren(
        el("span", { class: "label", text: words.short(face) }),
        el("span", { class: "hidden", text: ` ${words.gender(face)}, ${words.age(face)}, ${words.more(face)}` }),
      );
    }
    this.#mark();
  }

  #text(face) {
    if (face.vanished) return "no longer in the catalog";
    return face.not_a_face ? "not a face" : `${words.gender(face)}, ${words.age(face)}`;
  }

  #box(id) {
    return this.dialog.querySelector(`[data-box="${id}"]`);
  }

  #step(by = 1) {
    const at = this.faces.findIndex((face) => face.id === this.picked) + by;
    if (this.faces[at]) this.#pick(this.faces[at].id, true);
  }

  #pick(id, focus = false) {
    this.picked = id;
    this.tools.settle();
    this.#mark();
    if (focus) this.#box(id)?.focus({ preventScroll: true });
    this.#center();
  }

  #mark() {
    for (const each of this.dialog.querySelectorAll("[data-box], [data-item]")) {
      const isPicked = (each.dataset.box ?? each.dataset.item) === String(this.picked);
      each.setAttribute("aria-pressed", String(isPicked));
      if (isPicked && each.dataset.item) this.list.scrollTop = each.offsetTop - this.list.offsetTop;
    }
  }
}
