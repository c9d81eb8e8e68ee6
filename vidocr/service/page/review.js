// The review: the film with its track, beside the cues, each of which can be mended.

import { download, get } from "./api.js";
import { isDoubtful } from "./cards.js";
import { Commands } from "./commands.js";
import { button, element, trying } from "./dom.js";
import { keyed } from "./edits.js";
import { framesOf } from "./frames.js";
import { History } from "./history.js";
import { keysLine, showKeys } from "./keys.js";
import { List } from "./list.js";
import { listen } from "./listening.js";
import { Player, cueAt } from "./player.js";
import { Saver } from "./saving.js";
import { Strip } from "./strip.js";
import { clock } from "./times.js";

const SAID = {
  saved: "All is saved", waiting: "Not saved yet", saving: "Saving…", failed: "Not saved",
  conflict: "Not saved",
};

export async function showReview(place, { job, abilities, signal }) {
  const path = `/v1/jobs/${job.id}/cues`;
  const [now, { cues: originals }, frames] = await Promise.all([
    get(path, { signal }), get(`${path}?original=true`, { signal }), framesOf(job, signal),
  ]);
  const note = element("p", { class: "note", role: "status" });
  const saved = element("span", { class: "saved", role: "status" });
  const time = element("output", { class: "clock", "aria-label": "Place in the film" });
  const tell = (text) => (note.textContent = text);
  let playing = null;

  const list = new List(job, originals, (cue) => look(cue));
  const player = new Player(job, { moved, played, told: tell, signal });
  const duration = job.film.duration_us || Math.max(1, ...now.cues.map(({ end_us }) => end_us));
  const strip = new Strip(duration, (us) => player.seek(frames.showing(us)));
  const history = new History(keyed(now.cues), shown);
  const saver = new Saver(path, now.revision, () => history.cues, told);
  const commands = new Commands({ history, list, player, frames, note: tell });
  const play = button("Play", () => commands.play(), { class: "main", "aria-keyshortcuts": "Space" });
  const undo = button("Undo", () => commands.undo(), { "aria-keyshortcuts": "Control+Z" });
  const redo = button("Redo", () => commands.redo(), { "aria-keyshortcuts": "Control+Y" });
  Object.assign(commands, { save: () => saver.flush(), help: showKeys });

  function look(cue) {
    if (cue && !player.isPlaying) player.seek(cue.start_us);
    strip.mark(cue);
  }

  function played(isPlaying) {
    play.textContent = isPlaying ? "Pause" : "Play";
  }

  function moved(us) {
    time.textContent = clock(us);
    strip.move(us);
    const cue = cueAt(history.cues, us);
    if (cue !== playing) list.markPlaying((playing = cue));
  }

  function shown(key) {
    list.setCues(history.cues, key);
    player.setCues(history.cues);
    strip.setCues(history.cues, isDoubtful);
    strip.mark(list.cue);
    [undo.disabled, redo.disabled] = [!history.canUndo, !history.canRedo];
    saver.touch();
    playing = null;
    moved(player.at_us);
  }

  function told(state, message) {
    saved.textContent = state === "failed" ? `${SAID[state]}: ${message}` : SAID[state];
    saved.dataset.state = state;
    conflict.hidden = state !== "conflict";
  }

  function takeTheirs() {
    saver.end();
    location.reload();
  }

  const conflict = element(
    "div",
    { class: "conflict", role: "alert", hidden: true },
    element("p", {}, "Someone else has changed this track since it was opened here."),
    button("Take theirs", takeTheirs),
    button("Keep mine instead", () => saver.insist(), { class: "bad" }),
  );
  listen({ list, commands, saver, signal });

  place.replaceChildren(
    element(
      "div",
      { class: "review" },
      element(
        "section",
        { class: "watch", "aria-label": "Player" },
        player.node,
        strip.node,
        transportOf(commands, play, time),
        element(
          "div",
          { class: "acts" },
          undo, redo, downloads(job, abilities, saver),
          button("Keys", showKeys, { "aria-keyshortcuts": "?" }),
          saved,
        ),
        conflict,
        note,
        keysLine(),
      ),
      element("section", { "aria-label": "Cues" }, list.head, list.node, list.foot),
    ),
  );
  list.setCues(history.cues, null);
  list.choose(list.beside(-Infinity), false);
  shown(list.key);
  told("saved", "");
}

function transportOf(commands, play, time) {
  const act = (text, name, label, keys) =>
    button(text, () => commands[name](), { "aria-label": label, title: label, "aria-keyshortcuts": keys });
  const track = button("Track", () => commands.track(), {
    "aria-pressed": "true", "aria-keyshortcuts": "C", title: "Show or hide the track",
  });
  commands.trackShown = (isShown) => track.setAttribute("aria-pressed", String(isShown));
  return element(
    "div",
    { class: "transport", role: "group", "aria-label": "Player" },
    act("‹", "frameBack", "A frame back", "ArrowLeft"),
    play,
    act("›", "frameOn", "A frame on", "ArrowRight"),
    time,
    track,
    act("Add a cue", "add", "Add a cue here", "N"),
  );
}

function downloads(job, abilities, saver) {
  async function save(format) {
    menu.open = false;
    if (await saver.flush()) await trying(() => download(`/v1/jobs/${job.id}/tracks/${format}`));
  }
  const formats = abilities.formats.map((format) =>
    button(format.toUpperCase(), () => save(format), { "data-format": format }),
  );
  const menu = element(
    "details",
    { class: "menu" },
    element("summary", { class: "button" }, "Download"),
    element("div", { class: "choices" }, ...formats),
  );
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.firstChild.focus();
  });
  return menu;
}
