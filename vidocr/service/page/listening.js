// Keys, clicks and fields of the review, led to commands.

import { asked } from "./keys.js";

export function listen({ list, commands, saver, signal }) {
  const on = (target, kind, act) => target.addEventListener(kind, act, { signal });
  const run = ({ command, argument, needsCue }) =>
    needsCue && !list.cue ? null : commands[command](argument);

  on(document, "keydown", (event) => {
    const found = event.defaultPrevented ? null : asked(event);
    if (!found) return;
    event.preventDefault();
    settle(list, commands);
    run(found);
  });
  on(list.node, "keydown", (event) => {
    const { act } = event.target.dataset;
    if (act === "text") inText(event, list, commands);
    else if (act === "time") inTime(event, list, commands);
  });
  on(list.node, "click", (event) => clicked(event, list, commands));
  on(list.node, "change", ({ target }) => {
    if (target.dataset.act === "time" && !list.isDrawing) timed(target, list, commands);
  });
  on(list.node, "focusout", ({ target, relatedTarget }) => {
    // Within the list the text is taken by what is done next: drawn anew now, a button that is
    // being pressed would be gone before it is let go.
    const isOver = target.dataset.act === "text" && !list.isDrawing;
    if (isOver && !list.node.contains(relatedTarget)) settle(list, commands);
  });
  on(list.search, "keydown", (event) => {
    if (event.key === "Enter") list.choose(list.beside(0));
    else if (event.key === "Escape") {
      list.search.value = "";
      list.arrange();
      list.choose(list.key);
    } else return;
    event.preventDefault();
  });
  on(window, "beforeunload", (event) => {
    settle(list, commands);
    if (!saver.isClean) event.preventDefault();
  });
  signal.addEventListener("abort", () => saver.flush());
}

/** Take what is still in the editor. */
function settle(list, commands) {
  const area = list.isEditing && list.node.querySelector("textarea");
  if (area) commands.setText(area.value);
}

function inText(event, list, commands) {
  const { target: area } = event;
  if (event.isComposing) return; // Enter takes what an input method offers
  if (event.key === "Escape") list.edit(false);
  else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    commands.split(area.value, area.selectionStart);
  } else if (event.key === "Enter" && !event.shiftKey) commands.setText(area.value);
  else return;
  event.preventDefault();
}

function inTime(event, list, commands) {
  const { value: which } = event.target.dataset;
  if (event.key.startsWith("Arrow")) settle(list, commands);
  if (event.key === "Enter") {
    if (timed(event.target, list, commands)) list.edit(false);
  } else if (event.key === "Escape") {
    event.stopPropagation();
    list.redraw();
  } else if (event.key === "ArrowUp") commands.later(which);
  else if (event.key === "ArrowDown") commands.earlier(which);
  else return;
  event.preventDefault();
}

function timed(input, list, commands) {
  const { value } = input;
  settle(list, commands);
  const isTaken = commands.setTime(input.dataset.value, value);
  input.setAttribute("aria-invalid", String(!isTaken));
  return isTaken;
}

function clicked(event, list, commands) {
  const card = event.target.closest(".cue");
  if (!card) return;
  const key = Number(card.dataset.key);
  const pressed = event.target.closest("[data-act]");
  const { act, value } = pressed?.dataset || {};
  if (act === "text" || act === "time") return;
  if (act !== "split") settle(list, commands);
  if (key !== list.key) list.choose(key, true);
  else if (!act && !getSelection().toString()) list.choose(key, true);
  if (!act || (act === "edit" && pressed.localName === "p" && getSelection().toString())) return;
  if (act === "split") splitAtCaret(list, commands);
  else commands[act](act === "take" ? Number(value) : value);
}

function splitAtCaret(list, commands) {
  const area = list.node.querySelector("textarea");
  if (area) commands.split(area.value, area.selectionStart);
  else commands.split();
}
