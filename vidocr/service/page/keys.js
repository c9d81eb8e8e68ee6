// The keys of the review: what each does, and the overlay that tells it.

import { overlay } from "./dialogs.js";
import { element } from "./dom.js";

// Each: its keys, what a person reads, the command, its argument, and whether it needs a cue.
const KEYS = [
  ["Cues", [
    [["ArrowDown"], "Next cue", "next"],
    [["ArrowUp"], "Cue before", "previous"],
    [["Home"], "First cue", "first"],
    [["End"], "Last cue", "last"],
    [["/"], "Search", "search"],
    [["d"], "Doubtful ones alone, or all", "doubtful"],
    [["o"], "Worst first, or in time", "order"],
  ]],
  ["The cue", [
    [["Enter"], "Edit the text", "edit", undefined, true],
    [["a"], "Accept, and go on", "accept", undefined, true],
    [["1"], "Take another reading: 1 to 9", "take", 0, true],
    [["s"], "Split, at the player's frame if it is within", "split", undefined, true],
    [["j"], "Join with the next", "join", undefined, true],
    [["Delete"], "Delete", "remove", undefined, true],
    [["n"], "Add a cue at the player's frame", "add"],
  ]],
  ["Times", [
    [["["], "Start at the player's frame", "here", "start", true],
    [["]"], "End at the player's frame", "here", "end", true],
    [[","], "Start a frame earlier", "earlier", "start", true],
    [["."], "Start a frame later", "later", "start", true],
    [["<"], "End a frame earlier", "earlier", "end", true],
    [[">"], "End a frame later", "later", "end", true],
  ]],
  ["Player", [
    [["Space"], "Play or stop", "play"],
    [["p"], "Play the cue", "playCue", undefined, true],
    [["ArrowLeft"], "A frame back", "frameBack"],
    [["ArrowRight"], "A frame on", "frameOn"],
    [["Shift+ArrowLeft"], "A second back", "secondBack"],
    [["Shift+ArrowRight"], "A second on", "secondOn"],
    [["c"], "Show or hide the track", "track"],
  ]],
  ["Edits", [
    [["Ctrl+z"], "Undo", "undo"],
    [["Ctrl+y", "Ctrl+Shift+z"], "Redo", "redo"],
    [["Ctrl+s"], "Save now", "save"],
    [["?"], "These keys", "help"],
  ]],
];
const IN_TEXT = [
  ["Enter", "Take the text"],
  ["Shift+Enter", "A new line"],
  ["Ctrl+Enter", "Split at the caret"],
  ["Escape", "Leave the text as it was"],
];
const SIGNS = {
  ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Delete: "Del", Escape: "Esc",
};

const BY_KEY = new Map();
for (const [, rows] of KEYS) {
  for (const [keys, , command, argument, needsCue] of rows) {
    for (const key of keys) BY_KEY.set(key, { command, argument, needsCue });
  }
}
for (let at = 1; at < 9; at++) {
  BY_KEY.set(String(at + 1), { command: "take", argument: at, needsCue: true });
}

function nameOf(event) {
  const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const isWritten = event.key.length === 1 && !/[a-z]/i.test(event.key); // its Shift is part of it
  const shift = event.shiftKey && !isWritten ? "Shift+" : "";
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${shift}${key}`;
}

/** What a key press asks for where no field has it for itself; null for nothing. */
export function asked(event) {
  const { target } = event;
  if (event.altKey || document.querySelector("dialog[open]")) return null;
  const found = BY_KEY.get(nameOf(event)) || null;
  const writes = target.closest("input, textarea, select");
  if (writes) return found && goesBeside(found.command, writes) ? found : null;
  const acts = target.closest("button, a, summary, label");
  if (acts && (event.key === "Enter" || event.key === " ")) return null;
  return found;
}

/** Whether a command works while a person is in a field. Texts have an undo of their own. */
const goesBeside = (command, field) =>
  command === "save" ||
  (["undo", "redo"].includes(command) && !field.matches("textarea, [type=search]"));

export function showKeys() {
  const row = (key, text) => [element("dt", {}, ...shown(key)), element("dd", {}, text)];
  const group = (title, rows) =>
    element("section", {}, element("h3", {}, title), element("dl", {}, ...rows.flat()));
  overlay(
    "Keys",
    element(
      "div",
      { class: "help" },
      ...KEYS.map(([title, rows]) => group(title, rows.map(([keys, text]) => row(keys[0], text)))),
      group("While you edit the text", IN_TEXT.map(([key, text]) => row(key, text))),
    ),
  );
}

/** The keys that are used most, for a look. */
export function keysLine() {
  const most = [
    ["ArrowDown", "next"], ["Enter", "edit"], ["a", "accept"], ["Space", "play"],
    ["Ctrl+z", "undo"], ["?", "all keys"],
  ];
  return element(
    "p",
    { class: "keys" },
    ...most.map(([key, text]) => element("span", {}, ...shown(key), ` ${text}`)),
  );
}

const shown = (name) =>
  name
    .split("+")
    .flatMap((key, at) => [at ? "+" : null, element("kbd", {}, SIGNS[key] || cased(key))])
    .filter(Boolean);
const cased = (key) => (key.length === 1 ? key.toUpperCase() : key);
