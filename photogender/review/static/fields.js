// Inputs for age and name. What is typed belongs to the faces that were chosen when the typing began.

import { note } from "./messages.js";

const sameFaces = (one, other) => one.length === other.length && one.every((face, at) => face.id === other[at].id);

export class Field {
  #faces = null;
  #initial = "";

  /**
   * `on.chosen()` gives the chosen faces, `on.initial(faces)` the text to begin with, `on.save(faces, value)` saves,
   * `on.keep(faces, value, problem)` keeps what was not entered, `on.leave()` moves the focus away.
   */
  constructor(input, on) {
    this.input = input;
    this.on = on;
    input.addEventListener("focus", () => this.#begin());
    input.addEventListener("input", () => { input.dataset.typed = this.#isTyped; });
    input.addEventListener("blur", () => { if (!this.#isTyped) this.#end(); });
    input.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Begin to type for the chosen faces; `text` is typed already. */
  start(text = null) {
    this.#end();
    this.input.disabled = false;
    this.#begin();
    this.input.focus();
    if (text === null) this.input.select();
    else {
      this.input.value = text;
      this.input.dataset.typed = this.#isTyped;
    }
  }

  /** Call when other faces are chosen: what was typed for the last ones is kept for them, not for these. */
  settle() {
    const chosen = this.on.chosen();
    if (this.#faces && !sameFaces(this.#faces, chosen)) this.leave();
    this.input.disabled = !chosen.length && document.activeElement !== this.input;
  }

  /** Keep what was typed but not entered, and empty the field. */
  leave() {
    if (this.#isTyped) {
      const problem = this.input.validity.valid ? "" : this.input.validationMessage;
      this.on.keep(this.#faces, this.input.value, problem);
    }
    this.#end();
  }

  get #isTyped() {
    const { value, validity } = this.input;
    return Boolean(this.#faces?.length) && (value !== this.#initial || validity.badInput);
  }

  #begin() {
    if (this.#faces) return;
    this.#faces = this.on.chosen();
    this.input.value = this.#initial = this.on.initial(this.#faces);
  }

  #end() {
    this.#faces = null;
    this.input.value = this.#initial = "";
    delete this.input.dataset.typed;
  }

  #key(event) {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter") {
      if (!this.#faces?.length) note("Choose a face first.");
      else if (!this.input.reportValidity()) return;
      else if (this.#isTyped) this.on.save(this.#faces, this.input.value);
    }
    this.#end();
    this.on.leave();
  }
}
