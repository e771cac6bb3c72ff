// The filters, kept in the address so that Back, Reload and bookmarks work.

export const NAMES = ["sort", "reviewed", "gender", "confidence", "age_group", "faces", "age_from", "age_to",
  "taken_from", "taken_to", "undated", "folder", "name", "unlikely", "model"];

/** The filters in the address. */
export function read() {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""]));
}

/** Filters as a query string. */
export function query(filters) {
  return new URLSearchParams(NAMES.filter((name) => filters[name]).map((name) => [name, filters[name]])).toString();
}

/** Put filters into the address as a new step of the history. */
export function write(filters) {
  const text = query(filters);
  if (text !== query(read())) history.pushState(null, "", text ? `?${text}` : location.pathname);
}

/** Remove the key from the address: from now on there is a cookie. */
export function dropKey() {
  const text = query(read());
  history.replaceState(null, "", text ? `?${text}` : location.pathname);
}
