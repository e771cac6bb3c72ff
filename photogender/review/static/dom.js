// DOM elements without markup in strings, numbers as text, and groups of buttons.

/** An element with attributes and listeners by name ("text" is its text), and its children. */
export function el(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

export const byId = (id) => document.getElementById(id);

export const number = (value) => value.toLocaleString("en");

/** "1 face", "2 faces"; `several` is the plural if it is not formed with an s. */
export const count = (value, noun, several = `${noun}s`) => `${number(value)} ${value === 1 ? noun : several}`;

/** Make a group of buttons one tab stop, with the arrow keys moving inside it. */
export function roving(group) {
  group.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const buttons = [...group.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    const to = event.key === "Home" ? 0 : event.key === "End" ? buttons.length - 1 : at + (step ?? NaN);
    if (at < 0 || !buttons[to]) return;
    event.preventDefault();
    buttons[to].focus();
  });
  group.addEventListener("focusin", (event) => {
    for (const button of group.querySelectorAll("button")) button.tabIndex = button === event.target ? 0 : -1;
  });
}

/** After a group was rebuilt: make one button the tab stop, and restore the focus. */
export function rebuilt(group, hadFocusOn) {
  const buttons = [...group.querySelectorAll("button")];
  const again = hadFocusOn === null ? null : buttons.find((button) => button.dataset.key === hadFocusOn);
  const first = again ?? buttons.find((button) => button.getAttribute("aria-pressed") === "true") ?? buttons[0];
  for (const button of buttons) button.tabIndex = button === first ? 0 : -1;
  again?.focus({ preventScroll: true });
}

/** The key of the focused button of a group, or null. */
export const focusOn = (group) => (group.contains(document.activeElement) ? document.activeElement.dataset.key : null);
