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
  if (signal.aborted) return;
  const review = new Review(job, now, originals, frames, signal);
  place.replaceChildren(review.layout(abilities.formats));
  review.begin();
}

class Review {
  constructor(job, { cues, revision }, originals, frames, signal) {
    this._job = job;
    this._playing = null;
    this._note = element("p", { class: "note", role: "status" });
    this._saved = element("span", { class: "saved", role: "status" });
    this._time = element("output", { class: "clock", "aria-label": "Place in the film" });
    const note = (text) => (this._note.textContent = text);
    this._list = new List(job, originals, (cue) => this._looked(cue));
    this._player = new Player(job, {
      moved: (us) => this._moved(us),
      played: (isPlaying) => (this._play.textContent = isPlaying ? "Pause" : "Play"),
      told: note,
      signal,
    });
    const end = Math.max(1, ...cues.map(({ end_us }) => end_us));
    const seek = (us) => this._player.seek(frames.showing(us));
    this._strip = new Strip(job.film.duration_us || end, seek);
    this._history = new History(keyed(cues), (key) => this._edited(key));
    const cuesNow = () => this._history.cues;
    const told = (state, message) => this._told(state, message);
    this._saver = new Saver(`/v1/jobs/${job.id}/cues`, revision, cuesNow, told);
    const parts = { history: this._history, list: this._list, player: this._player, frames, note };
    this._commands = new Commands(parts);
    Object.assign(this._commands, { save: () => this._saver.flush(), help: showKeys });
    listen({ list: this._list, commands: this._commands, saver: this._saver, signal });
  }

  layout(formats) {
    const commands = this._commands;
    const act = (text, name, keys) =>
      button(text, () => commands[name](), { "aria-keyshortcuts": keys });
    this._undo = act("Undo", "undo", "Control+Z");
    this._redo = act("Redo", "redo", "Control+Y");
    this._conflict = element(
      "div",
      { class: "conflict", role: "alert", hidden: true },
      element("p", {}, "Someone else has changed this track since it was opened here."),
      button("Take theirs", () => this._takeTheirs()),
      button("Keep mine instead", () => this._saver.insist()),
    );
    const edits = [this._undo, this._redo, this._downloads(formats), act("Keys", "help", "?")];
    return element(
      "div",
      { class: "review" },
      element(
        "section",
        { class: "watch", "aria-label": "Player" },
        this._player.node,
        this._strip.node,
        this._transport(),
        element("div", { class: "acts" }, ...edits, this._saved),
        this._conflict,
        this._note,
        keysLine(),
      ),
      element("section", { "aria-label": "Cues" }, this._list.head, this._list.node, this._list.foot),
    );
  }

  /** Show the cues, the first of the list before all. */
  begin() {
    this._list.setCues(this._history.cues, null);
    this._list.choose(this._list.beside(-Infinity), false);
    this._edited(this._list.key);
    this._told("saved", "");
  }

  _transport() {
    const act = (text, name, title, keys, more = {}) =>
      button(text, () => this._commands[name](), { title, "aria-keyshortcuts": keys, ...more });
    const step = (text, name, label, keys) => act(text, name, label, keys, { "aria-label": label });
    this._play = act("Play", "play", "Play or stop", "Space", { class: "main" });
    const track = act("Track", "track", "Show or hide the track", "C", { "aria-pressed": "true" });
    this._commands.trackShown = (isShown) => track.setAttribute("aria-pressed", String(isShown));
    return element(
      "div",
      { class: "transport", role: "group", "aria-label": "Player" },
      step("‹", "frameBack", "A frame back", "ArrowLeft"),
      this._play,
      step("›", "frameOn", "A frame on", "ArrowRight"),
      this._time,
      track,
      act("Add a cue", "add", "Add a cue at this frame", "N"),
    );
  }

  _downloads(formats) {
    const save = async (format) => {
      menu.open = false;
      const path = `/v1/jobs/${this._job.id}/tracks/${format}`;
      if (await this._saver.flush()) await trying(() => download(path));
    };
    const choices = formats.map((format) =>
      button(format.toUpperCase(), () => save(format), { "data-format": format }),
    );
    const left = (event) => {
      if (event.key !== "Escape") return;
      menu.open = false;
      menu.firstChild.focus();
    };
    const menu = element(
      "details",
      { class: "menu", keydown: left },
      element("summary", { class: "button" }, "Download"),
      element("div", { class: "choices" }, ...choices),
    );
    return menu;
  }

  /** Another cue is looked at: the player goes there. */
  _looked(cue) {
    if (cue && !this._player.isPlaying) this._player.seek(cue.start_us);
    this._strip.mark(cue);
  }

  /** The player shows another moment. */
  _moved(us) {
    this._time.textContent = clock(us);
    this._strip.move(us);
    const cue = cueAt(this._history.cues, us);
    if (cue !== this._playing) this._list.markPlaying((this._playing = cue));
  }

  /** The cues are others: all that shows them does so anew. */
  _edited(key) {
    const { cues, canUndo, canRedo } = this._history;
    this._list.setCues(cues, key);
    this._player.setCues(cues);
    this._strip.setCues(cues, isDoubtful);
    this._strip.mark(this._list.cue);
    [this._undo.disabled, this._redo.disabled] = [!canUndo, !canRedo];
    this._saver.touch();
    this._playing = null;
    this._moved(this._player.at_us);
  }

  _told(state, message) {
    this._saved.textContent = state === "failed" ? `${SAID[state]}: ${message}` : SAID[state];
    this._saved.dataset.state = state;
    this._conflict.hidden = state !== "conflict";
  }

  _takeTheirs() {
    this._saver.end();
    location.reload();
  }
}
