// A random sample: each face is answered with gender and age together, and what is estimated stays hidden until then.

/**
 * Add a part of an answer, `{ gender }` or `{ age }`, to some faces; what is complete is saved.
 *
 * `changed(faces)` shows what is said so far. Returns whether all are complete.
 */
export function answer(faces, part, corrections, changed) {
  const complete = [];
  for (const face of faces) {
    const said = { ...(face.hidden ? face.said : { gender: face.gender, age: face.age }), ...part };
    if (said.gender && said.age !== undefined) {
      corrections.say([face], said, `${said.gender}, ${said.age} years`);
      complete.push(face);
    } else changed([{ ...face, said }]);
  }
  return complete.length === faces.length;
}

/** What takes the place of the notice and the filters. */
export function explain(count) {
  return `A random sample of ${count}. Say what you see, gender (F, M) and age: the network’s estimates are hidden, so that ` +
    "your answers can measure it. photogender evaluate shows how right it is.";
}
