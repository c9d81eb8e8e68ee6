// How a film is read: a field for each option that the service takes.

import { element, field, select } from "./dom.js";

const KNOWN = ["engine", "lang", "start", "end", "fast", "regions"];

/** A form's fields; ``values()`` gives those that were filled in, as the API takes them. */
export function optionsForm(abilities, given) {
  const offered = (key) => abilities.options.includes(key);
  const notes = new Map(abilities.engines.map(({ engine, note }) => [engine, note]));
  const hint = element("small", {});
  const told = () => (hint.textContent = notes.get(engine.value) || "what is best here");
  const engine = select(
    abilities.jobs.map((name) => [name, name]), given.engine || abilities.default, { change: told },
  );
  const languages = abilities.languages.map(({ code, name }) => [code, name]);
  const lang = select([["", "Not said"], ...languages], given.lang || "");
  const start = timeInput(given.start, "0:00");
  const end = timeInput(given.end, "its end");
  const fast = element("input", { type: "checkbox", checked: given.fast === true });
  const others = new Map(
    abilities.options
      .filter((key) => !KNOWN.includes(key))
      .map((key) => [key, element("input", { value: shown(given[key]), placeholder: "as set here" })]),
  );
  told();
  const engineField = field("Engine", engine);
  engineField.append(hint);
  const node = element(
    "div",
    { class: "fields" },
    element("h2", {}, "How to read"),
    engineField,
    field("Language of the subtitles", lang, "Needed for other scripts than Latin, Chinese and Japanese."),
    element("div", { class: "pair" }, field("From", start), field("Until", end)),
    element(
      "label",
      { class: "check" },
      fast,
      element("span", {}, "A fast first pass"),
      element("small", {}, "Skips frames; times are coarser."),
    ),
    element(
      "details",
      {},
      element("summary", {}, "More options"),
      element(
        "div",
        { class: "fields" },
        ...[...others].map(([key, input]) => field(key.replaceAll("_", " "), input)),
      ),
    ),
  );

  function values() {
    const said = {
      engine: engine.value === abilities.default ? "" : engine.value,
      lang: lang.value,
      start: start.value.trim(),
      end: end.value.trim(),
      fast: fast.checked || "",
    };
    for (const [key, input] of others) said[key] = meant(input.value.trim());
    return Object.fromEntries(
      Object.entries(said).filter(([key, value]) => value !== "" && offered(key)),
    );
  }

  return { node, values };
}

const timeInput = (value, placeholder) =>
  element("input", { value: value ?? "", placeholder, inputmode: "numeric", size: 8 });

const shown = (value) =>
  value === undefined || typeof value === "string" ? value || "" : JSON.stringify(value);

/** What a text means: a number, a truth or a list where it is one, else itself. */
function meant(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
