// A card for each cue: its pictures above its text, so that the eye compares them.

import { button, element } from "./dom.js";
import { showing } from "./pictures.js";
import { clock, lasting, percent } from "./times.js";

export const DOUBTFUL = 0.3;

/** How likely a cue is wrong, as a guess that orders them: what the engine says, and flags. */
export function doubt({ confidence, flags, alternatives }) {
  const unsure = Math.min(1, Math.max(0, (1 - confidence) * 2));
  return 1 - (1 - unsure) * 0.65 ** flags.length * (alternatives.length ? 0.85 : 1);
}

export const isDoubtful = (cue) => !cue.accepted && doubt(cue) >= DOUBTFUL;

/** Other texts that a cue may have: as it was read, and as it was read otherwise. */
export function readings(cue, originals) {
  const read = cue.origins.length === 1 ? originals[cue.origins[0]]?.lines.join("\n") : null;
  const all = [read, ...cue.alternatives].filter((text) => text && text !== cue.lines.join("\n"));
  return [...new Set(all)];
}

/** The card of a cue; ``pictures`` are kept from card to card. */
export function cardOf(cue, { isCurrent, isEditing, pictures, others }) {
  const classes = ["cue", isDoubtful(cue) && "doubtful", cue.accepted && "accepted"];
  return element(
    "li",
    {
      class: classes.filter(Boolean).join(" "),
      "data-key": cue.key,
      "aria-current": isCurrent ? "true" : null,
      tabindex: isCurrent ? 0 : -1,
    },
    whenOf(cue),
    element(
      "div",
      { class: "said" },
      pictures,
      isEditing ? editorOf(cue) : textOf(cue),
      othersOf(others),
    ),
    sureOf(cue),
    flagsOf(cue),
    isCurrent ? toolsOf(cue) : null,
  );
}

/** Pictures of what a cue came of; the browser gets them when they come near. */
export function picturesOf(cue, job, originals) {
  const all = cue.origins.flatMap((n) =>
    Array.from({ length: originals[n]?.pictures || 0 }, (_, line) => [n, line]),
  );
  const shown = all.map(([n, line]) =>
    showing(
      element("img", { alt: `Picture of line ${line + 1}`, loading: "lazy" }),
      `/v1/jobs/${job.id}/cues/${n}/picture?line=${line}`,
    ),
  );
  return element("div", { class: "pictures" }, ...shown);
}

function whenOf({ start_us, end_us, position }) {
  return element(
    "div",
    { class: "when" },
    element("span", { class: "number" }),
    element("span", { class: "from" }, clock(start_us)),
    element("span", { class: "until" }, `→ ${clock(end_us)}`),
    element("small", {}, lasting(end_us - start_us)),
    position === "bottom" ? null : element("small", { class: "at" }, position),
  );
}

function textOf({ lines, language }) {
  const shown = lines.map((text) => element("span", { class: "line", dir: "auto", lang: language }, text));
  return element("p", { class: "text", "data-act": "edit" }, ...shown);
}

function editorOf({ lines, language }) {
  const area = element("textarea", {
    class: "text", dir: "auto", lang: language, rows: Math.max(2, lines.length), spellcheck: "true",
    "aria-label": "Text of the cue", "data-act": "text", enterkeyhint: "done",
  });
  area.value = lines.join("\n");
  return area;
}

function othersOf(others) {
  if (!others.length) return null;
  const choices = others.map((text, at) =>
    element(
      "li",
      {},
      button(text.replaceAll("\n", " ⏎ "), null, {
        "data-act": "take", "data-value": at, class: "other", dir: "auto",
        title: "Take this reading",
      }),
    ),
  );
  return element("ul", { class: "others", "aria-label": "Other readings" }, ...choices);
}

function sureOf({ confidence, engine, language, accepted, origins }) {
  if (!origins.length) return element("div", { class: "sure" }, element("small", {}, "added by hand"));
  const bar = element("span", { class: "bar", "aria-hidden": "true" }, element("span"));
  bar.firstChild.style.width = percent(confidence).replace(" ", "");
  return element(
    "div",
    { class: "sure" },
    element("span", { class: "percent" }, percent(confidence)),
    element("span", { class: "unseen" }, " sure"),
    bar,
    element("small", {}, accepted ? "✓ accepted" : [engine, language].filter(Boolean).join(" · ")),
  );
}

function flagsOf({ flags }) {
  if (!flags.length) return null;
  const shown = flags.map((flag) => element("li", {}, element("bdi", {}, flag)));
  return element("ul", { class: "doubts", "aria-label": "Flags" }, ...shown);
}

function toolsOf(cue) {
  const act = (text, name, keys, more = {}) =>
    button(text, null, { "data-act": name, "aria-keyshortcuts": keys, title: `${keys}`, ...more });
  return element(
    "div",
    { class: "tools" },
    timeOf("start", "Start", cue.start_us, [",", ".", "["]),
    timeOf("end", "End", cue.end_us, ["<", ">", "]"]),
    element(
      "div",
      { class: "acts", role: "group", "aria-label": "What to do with the cue" },
      act(cue.accepted ? "Accepted" : "Accept", "accept", "A", {
        class: "main", "aria-pressed": String(cue.accepted),
      }),
      act("Edit", "edit", "Enter"),
      act("Play", "playCue", "P"),
      act("Split", "split", "S"),
      act("Join with next", "join", "J"),
      act("Delete", "remove", "Delete"),
    ),
  );
}

function timeOf(which, title, us, [back, on, take]) {
  const input = element("input", {
    value: clock(us), "data-act": "time", "data-value": which, "aria-label": title, size: 10,
    inputmode: "decimal", autocomplete: "off",
  });
  const act = (text, value, label, keys) =>
    button(text, null, {
      "data-act": value, "data-value": which, "aria-label": `${title} ${label}`,
      title: `${title} ${label} (${keys})`, "aria-keyshortcuts": keys,
    });
  return element(
    "div",
    { class: "time", role: "group", "aria-label": `${title} of the cue` },
    element("span", { class: "name", "aria-hidden": "true" }, title),
    act("−", "earlier", "a frame earlier", back),
    input,
    act("+", "later", "a frame later", on),
    act("here", "here", "here, at the player's frame", take),
  );
}
