// Corrections on their way to the server: in order for each face, and kept until they are saved or dropped.

import { post } from "./api.js";
import { count } from "./dom.js";
import * as words from "./face.js";
import { announce, note } from "./messages.js";

/** Milliseconds after which a correction that is being saved is shown. */
const SLOW = 1500;

/** What the page shows of a face; the server saves nothing for a face that is different by now. */
const seenOf = ({ correction, gender, age }) => ({ correction, gender, age });

const key = (id, seen) => `${id} ${seen.correction} ${seen.gender} ${seen.age}`;

/** "IMG_1.jpg", or "3 faces (IMG_1.jpg, IMG_2.jpg, …)". */
export function subject(faces) {
  const files = [...new Set(faces.map((face) => face.file ?? "…"))];
  const some = files.slice(0, 3).join(", ") + (files.length > 3 ? ", …" : "");
  return faces.length === 1 ? `Face in ${some}` : `${count(faces.length, "face")} (${some})`;
}

/** " It is now female 96 %, 34 years ✓." */
const state = (face) => ` It is now ${face.not_a_face ? "marked as not a face" : `${words.gender(face)}, ${words.age(face)}`}.`;

/** A list in parts of at most `most` items. */
const parts = (list, most) => Array.from({ length: Math.ceil(list.length / most) }, (_, at) => list.slice(at * most, (at + 1) * most));

/**
 * Something said of faces that is not saved yet.
 *
 * `status` is "waiting", "sending", "failed", "draft" (typed, but not entered) or "vanished" (the catalog does not have
 * the faces any more). `parts` have a request `body` and the faces `left` to save: what was seen of each, by id.
 */
class Entry {
  constructor(parts, text, see, more = {}) {
    this.text = text;
    this.status = "waiting";
    this.faces = new Map(parts.flatMap(({ faces }) => faces.map((face) => [face.id, face])));
    this.parts = parts.map(({ body, faces }) => ({ body, left: new Map(faces.map((face) => [face.id, see(face)])) }));
    this.saved = new Map();
    this.undoes = null;
    this.reason = this.hint = "";
    this.again = null;
    Object.assign(this, more);
  }

  /** The ids of the faces that are not saved. */
  get left() {
    return this.parts.flatMap((part) => [...part.left.keys()]);
  }

  /** Whether later corrections of the same faces must wait for this one. */
  get blocks() {
    return this.status !== "draft" && this.status !== "vanished";
  }
}

export class Corrections {
  #entries = [];
  #done = [];
  #running = null;
  #own = new Map();

  /**
   * `on.changed(faces, missing)` gets faces as they are now and the ids of those that the catalog does not have;
   * `on.unsaved(entries)` gets what is not saved, oldest first, whenever that changes.
   */
  constructor(mostFaces, on) {
    this.mostFaces = mostFaces;
    this.on = on;
  }

  /** Save a correction of some faces. */
  say(faces, body, text) {
    this.#add(this.#entry([{ body, faces }], text));
  }

  /** Give each face the gender that it does not have. */
  flip(faces) {
    const parts = ["female", "male"].map((gender) => ({ body: { gender }, faces: faces.filter((face) => face.gender !== gender) }));
    const needed = parts.filter((part) => part.faces.length);
    this.#add(this.#entry(needed, needed.map((part) => part.body.gender).join(" and ")));
  }

  /** Keep something that was typed for faces but not entered; `problem` says why it cannot be saved at all. */
  keep(faces, body, text, problem) {
    this.#entries.push(this.#entry([{ body, faces }], text, {
      status: "draft", reason: problem || "You chose another face before pressing Enter.", again: problem ? null : "Save",
    }));
    this.#tell();
  }

  /** Note a face that a person drew and that is saved, so that undo takes it back. */
  drew(face) {
    const entry = this.#entry([{ body: null, faces: [face] }], "the face you drew", { status: "done" });
    entry.saved.set(face.id, seenOf(face));
    this.#done.push(entry);
    announce(`Drawn: ${words.gender(face)}, ${words.age(face)}`);
  }

  /** Send an entry that failed, or one that was only typed; what the server refused is sent as seen now. */
  retry(entry) {
    if (entry.status === "draft") {
      this.#entries = [...this.#entries.filter((each) => each !== entry), entry];
      this.#done.push(entry);
    }
    entry.status = "waiting";
    this.#pump();
  }

  retryAll() {
    for (const entry of this.#entries) if (entry.status === "failed" && entry.again === "Try again") entry.status = "waiting";
    this.#pump();
  }

  /** Give up what is not saved of an entry. */
  drop(entry) {
    this.#entries = this.#entries.filter((each) => each !== entry);
    if (entry.undoes) this.#done.push(entry.undoes);
    else if (!entry.saved.size) this.#done = this.#done.filter((each) => each !== entry);
    this.#pump();
  }

  /**
   * Take back what was done last on this page, or else the latest correction of `faces`, as it is shown.
   *
   * Returns the ids of the faces concerned.
   */
  async undo(faces) {
    let last = this.#done.pop();
    while (last?.status === "done" && !last.saved.size) last = this.#done.pop(); // all its faces have vanished
    if (last) {
      while (last.status === "sending") await this.#running;
      if (this.#entries.includes(last)) {
        this.#entries = this.#entries.filter((each) => each !== last);
        note(`Dropped, it was not saved: ${subject([...last.faces.values()])}, ${last.text}.`);
      }
      if (last.saved.size) this.#undo([...last.saved].map(([id, seen]) => ({ ...last.faces.get(id), ...seen })), last);
      else this.#pump();
      return [...last.faces.keys()];
    }
    const corrected = faces.filter((face) => face.correction !== null);
    if (corrected.length) this.#undo(corrected, { text: "the latest correction", faces: new Map(), saved: new Map() });
    else note("Nothing to undo.");
    return corrected.map((face) => face.id);
  }

  #undo(faces, undoes) {
    const more = { undoes: undoes.saved.size ? undoes : null, isUndo: true };
    this.#entries.push(new Entry([{ body: null, faces }], `undo ${undoes.text}`, seenOf, more));
    this.#pump();
  }

  /** An entry whose faces were seen as they are shown, or as our own corrections have left them since. */
  #entry(parts, text, more = {}) {
    const see = (face) => {
      let seen = seenOf(face);
      while (this.#own.has(key(face.id, seen))) seen = this.#own.get(key(face.id, seen));
      return seen;
    };
    return new Entry(parts, text, see, more);
  }

  #add(entry) {
    this.#entries.push(entry);
    this.#done.push(entry);
    this.#pump();
  }

  #tell() {
    document.body.classList.toggle("saving", this.#entries.some((entry) => entry.status === "sending"));
    this.on.unsaved(this.#entries);
  }

  async #pump() {
    this.#tell();
    if (this.#running) return;
    for (let entry = this.#next(); entry; entry = this.#next()) {
      this.#running = this.#send(entry);
      await this.#running;
    }
    this.#running = null;
  }

  /** The oldest waiting entry none of whose faces has an older one that is not saved. */
  #next() {
    const blocked = new Set();
    for (const entry of this.#entries) {
      if (entry.status === "waiting" && !entry.left.some((id) => blocked.has(id))) return entry;
      if (entry.blocks) for (const id of entry.left) blocked.add(id);
    }
    return null;
  }

  async #send(entry) {
    entry.status = "sending";
    entry.isSlow = false;
    this.#tell();
    const slow = setTimeout(() => { entry.isSlow = true; this.#tell(); }, SLOW);
    try {
      await (entry.isUndo ? this.#takeBack(entry) : this.#save(entry));
    } catch (failure) {
      Object.assign(entry, { status: "failed", reason: failure.message, hint: failure.hint ?? "", again: "Try again" });
    } finally {
      clearTimeout(slow);
      if (entry.status === "sending") {
        entry.status = "done";
        this.#entries = this.#entries.filter((each) => each !== entry);
      }
      this.#tell();
    }
  }

  /** Save an entry, in as many requests as its faces need. */
  async #save(entry) {
    const outdated = [];
    for (const { body, left } of entry.parts) {
      for (const sent of parts([...left], this.mostFaces)) {
        const answer = await post("api/corrections", { ...body, faces: sent.map(([id, seen]) => ({ id, ...seen })) });
        const now = new Map(answer.faces.map((face) => [face.id, face]));
        const vanished = [];
        for (const [id, seen] of sent) {
          const correction = answer.saved[id];
          if (!correction && now.has(id) && !answer.missing.includes(id)) {
            left.set(id, seenOf(now.get(id)));
            outdated.push(now.get(id));
            continue;
          }
          left.delete(id);
          if (!correction) vanished.push(id);
          else {
            const after = { ...(now.has(id) ? seenOf(now.get(id)) : seen), correction };
            entry.saved.set(id, after);
            this.#follow(id, seen, after);
          }
        }
        if (vanished.length) this.#vanished(entry, body, vanished);
        this.on.changed(answer.faces, vanished);
      }
    }
    if (entry.saved.size) announce(`${subject([...entry.saved.keys()].map((id) => entry.faces.get(id)))}: ${entry.text}`);
    if (outdated.length) {
      const reason = `Changed elsewhere since this page showed it.${outdated.length === 1 ? state(outdated[0]) : ""}`;
      Object.assign(entry, { status: "failed", reason, hint: "", again: "Save anyway" });
    }
  }

  #vanished(entry, body, ids) {
    this.#entries.push(this.#entry([{ body, faces: ids.map((id) => entry.faces.get(id)) }], entry.text, {
      status: "vanished", reason: "No longer in the catalog.", hint: "A scan found the photo changed, or somebody removed it.",
    }));
  }

  /** Take back exactly these corrections. */
  async #takeBack(entry) {
    const [{ left }] = entry.parts;
    const kept = [];
    for (const sent of parts([...left], this.mostFaces)) {
      const answer = await post("api/undo", { corrections: sent.map(([, seen]) => seen.correction), faces: sent.map(([id]) => id) });
      const now = new Map(answer.faces.map((face) => [face.id, face]));
      for (const [id, seen] of sent) {
        const { correction } = seen;
        left.delete(id);
        entry.undoes?.saved.delete(id);
        const wasCorrected = answer.not_latest.includes(correction);
        if (wasCorrected || answer.missing.includes(correction)) kept.push({ id, wasCorrected, now: now.get(id) });
        else if (now.has(id)) this.#follow(id, seen, seenOf(now.get(id)));
      }
      this.on.changed(answer.faces, sent.map(([id]) => id).filter((id) => !now.has(id)));
    }
    const undone = [...entry.faces.values()].filter((face) => !kept.some(({ id }) => id === face.id));
    if (undone.length) announce(`Undone: ${subject(undone)}`);
    if (kept.length) {
      const [{ wasCorrected, now }] = kept;
      const faces = subject(kept.map(({ id }) => entry.faces.get(id)));
      note(`Not undone: ${faces}. ${wasCorrected ? "It was corrected again since." : "It was taken back already."}${kept.length === 1 && now ? state(now) : ""}`);
    }
  }

  /** What waits for a face was said after our own change: from now on it was seen with the new state. */
  #follow(id, before, now) {
    this.#own.set(key(id, before), now);
    this.#own.delete(key(id, now)); // it is the present state
    for (const entry of this.#entries.filter((each) => !each.isUndo)) {
      for (const { left } of entry.parts) if (left.has(id) && key(id, left.get(id)) === key(id, before)) left.set(id, now);
    }
  }
}
