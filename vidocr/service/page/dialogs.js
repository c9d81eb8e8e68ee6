// Questions to the person, each in a dialog that keys and readers know.

import { button, element, field } from "./dom.js";

/** Show a dialog with a form; gives what ``answer`` makes of it, or null where it was left. */
function shown(title, content, verb, answer, kind = "") {
  return new Promise((done) => {
    const form = element(
      "form",
      { method: "dialog" },
      element("h2", { id: "asked" }, title),
      ...content,
      element(
        "div",
        { class: "acts" },
        button("Cancel", () => dialog.close()),
        element("button", { class: `main ${kind}`, value: "yes" }, verb),
      ),
    );
    const dialog = element("dialog", { "aria-labelledby": "asked" }, form);
    dialog.addEventListener("close", () => {
      done(dialog.returnValue === "yes" ? answer() : null);
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

export const confirmed = (question, more, verb) =>
  shown(question, [element("p", {}, more)], verb, () => true, "bad");

export function tokenAsked(message) {
  const input = element("input", {
    type: "password", autocomplete: "current-password", required: true, autofocus: true,
  });
  // Who keeps passwords, keeps them under a name.
  const name = element("input", { autocomplete: "username", value: "vidocr", hidden: true });
  const content = [
    name,
    element("p", {}, "The service asks who you are. The token stays in this tab until it closes."),
    element("small", {}, message),
    field("Token", input),
  ];
  return shown("Sign in", content, "Sign in", () => input.value.trim());
}

/** Show something that is put away by Escape or its button. */
export function overlay(title, ...content) {
  const dialog = element(
    "dialog",
    { "aria-labelledby": "shown", class: "wide", close: () => dialog.remove() },
    element("h2", { id: "shown" }, title),
    ...content,
    element("div", { class: "acts" }, button("Close", () => dialog.close(), { autofocus: true })),
  );
  document.body.append(dialog);
  dialog.showModal();
}
