// A dialog with one photo and its boxes.

import { get } from "./api.js";
import { byId, complain, count, el } from "./dom.js";
import { bar } from "./edit.js";
import * as words from "./face.js";

/** With more faces than this, only the picked box has a label. */
const CROWD = 12;

export class PhotoDialog {
  constructor(editor, settings) {
    this.editor = editor;
    this.settings = settings;
    this.dialog = byId("photo");
    this.faces = [];
    this.picked = null;
    this.dialog.addEventListener("keydown", (event) => this.tools?.onKey(event));
    this.dialog.addEventListener("click", (event) => { if (event.target === this.dialog) this.dialog.close(); });
    this.dialog.addEventListener("close", () => this.dialog.replaceChildren());
  }

  /** Show the photo of a face, with that face picked. */
  async open(face) {
    let photo;
    try {
      photo = await get(`/api/photos/${face.photo}`);
    } catch (failure) {
      complain(failure, () => this.open(face));
      return;
    }
    this.faces = photo.faces;
    this.picked = face.id;
    this.#build(photo);
    if (!this.dialog.open) this.dialog.showModal();
    this.#pick(face.id, true);
  }

  /** Update faces. */
  update(ids, faces) {
    if (!this.dialog.open) return;
    const now = new Map(faces.map((face) => [face.id, face]));
    this.faces = this.faces.map((face) => (ids.includes(face.id) ? now.get(face.id) ?? { ...face, gone: true } : face));
    this.#fill();
  }

  #build(photo) {
    this.tools = bar(this.editor, {
      chosen: () => this.faces.filter((face) => face.id === this.picked),
      advance: () => this.#step(),
      focus: () => this.#box(this.picked)?.focus(),
      undone: ([id]) => { if (this.#box(id)) this.#pick(id, true); },
    }, this.settings);
    const facts = [photo.folder, photo.taken?.replace("T", " "), photo.camera, count(photo.faces.length, "face")];
    const image = el("img", { src: `/photos/${photo.id}.jpg`, alt: `The photo ${photo.file}`, width: photo.width, height: photo.height });
    const picture = el("div", { class: this.faces.length > CROWD ? "picture crowd" : "picture" }, image, ...this.faces.map((face) => this.#boxOf(face, photo)));
    picture.style.setProperty("--shape", `${photo.width} / ${photo.height}`);
    picture.style.setProperty("--wide", String(photo.width / photo.height));
    image.addEventListener("error", async () => {
      const said = await fetch(`/photos/${photo.id}.jpg`).then((response) => response.json()).catch(() => ({}));
      image.replaceWith(el("p", { class: "lost", text: `No picture: ${said.error ?? "it cannot be shown"}` }));
    });
    this.list = el("ol", { class: "faces" });
    this.dialog.replaceChildren(
      el("div", { class: "top" },
        el("div", {}, el("h2", { id: "photo-title", text: photo.file }), el("p", { text: facts.filter(Boolean).join(" · ") })),
        el("button", { type: "button", "aria-label": "Close the photo", text: "Close", onclick: () => this.dialog.close() }),
      ),
      picture,
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
      el("button", { type: "button", "data-item": face.id, class: face.gone ? "gone" : null, onclick: () => this.#pick(face.id) },
        el("bdi", { text: face.name ? `${face.name}: ` : "" }),
        face.gone ? "not a face" : `${words.gender(face)}, ${words.age(face)}`),
    )));
    for (const face of this.faces) {
      const box = this.#box(face.id);
      box.className = `box ${face.gender}${face.gone ? " gone" : ""}`;
      box.replaceChildren(
        el("span", { class: "label", text: face.gone ? "not a face" : face.name || `${face.gender[0]} ${Math.floor(face.age)}` }),
        el("span", { class: "hidden", text: ` ${words.gender(face)}, ${words.age(face)}, ${words.more(face)}` }),
      );
    }
    this.#mark();
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
    this.#mark();
    if (focus) this.#box(id)?.focus({ preventScroll: true });
  }

  #mark() {
    for (const each of this.dialog.querySelectorAll("[data-box], [data-item]")) {
      const isPicked = (each.dataset.box ?? each.dataset.item) === String(this.picked);
      each.setAttribute("aria-pressed", String(isPicked));
      if (isPicked && each.dataset.item) this.list.scrollTop = each.offsetTop - this.list.offsetTop;
    }
  }
}
