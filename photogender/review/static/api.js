// Requests to the server; errors become sentences.

/** An error: what happened, and a hint what to do about it. */
export class Failure extends Error {
  constructor(message, hint = "") {
    super(message);
    this.hint = hint;
  }
}

async function ask(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure("The page has lost its server.", "Start photogender review again and open the new address.");
  }
  if (response.ok) return response.json();
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  const said = isJson ? await response.json() : { error: (await response.text()) || response.statusText };
  throw new Failure(said.error, said.hint);
}

/** Read something; `signal` aborts the request. */
export const get = (address, signal) => ask(address, { signal });

/** Change something; returns the response. */
export const post = (address, body) =>
  ask(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
