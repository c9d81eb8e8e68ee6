// Elements, made so that strings are text and never markup.

export const $ = (id) => document.getElementById(id);

/** An element with attributes, listeners (functions) and children. Null ones are left out. */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** An element of SVG, likewise. */
export function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(key, value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function button(text, click, attributes = {}) {
  return element("button", { type: "button", click, ...attributes }, text);
}

/** A field with its label before it. */
export function field(label, input, hint = null) {
  return element(
    "label",
    { class: "field" },
    element("span", { class: "name" }, label),
    input,
    hint && element("small", {}, hint),
  );
}

export function select(choices, chosen, attributes = {}) {
  const options = choices.map(([value, text]) =>
    element("option", { value, selected: value === chosen }, text),
  );
  return element("select", attributes, ...options);
}

/** Words of people, whatever direction they run in. */
export const named = (text) => element("bdi", {}, text);

/** Say something to those who hear the page. */
export function say(text) {
  $("said").textContent = text;
}

/** Tell that something went wrong, for all to see, until it is put away. */
export function tell(text) {
  if ($("told").firstChild?.textContent === text) return; // it is read aloud once
  $("told").replaceChildren(
    element("p", {}, text),
    button("Dismiss", () => $("told").replaceChildren(), { class: "quiet" }),
  );
}

/** Run what may fail; a failure is told. Gives null then. */
export async function trying(work) {
  try {
    return await work();
  } catch (error) {
    if (error.name !== "AbortError") tell(error.message);
    return null;
  }
}
