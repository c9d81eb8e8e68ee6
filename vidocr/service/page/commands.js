// What a person does to the cue that is looked at, by key or button.

import { added, changed, joined, linesOf, parted, split, without } from "./edits.js";
import { parsed } from "./times.js";

const FRESH_US = 1_500_000;
const SECOND_US = 1_000_000;

export class Commands {
  /** ``note(text)`` tells why something was not done, or what was. */
  constructor({ history, list, player, frames, note }) {
    Object.assign(this, { history, list, player, frames, note });
  }

  _take(edit, said = "") {
    this.history.take(edit, this.list.key);
    this.note(said);
  }

  _with(values) {
    this._take(changed(this.history.cues, this.list.key, values));
  }

  undo() {
    this.history.undo(this.list.key);
  }

  redo() {
    this.history.redo(this.list.key);
  }

  next() {
    this.list.choose(this.list.beside(1));
  }

  previous() {
    this.list.choose(this.list.beside(-1));
  }

  first() {
    this.list.choose(this.list.beside(-Infinity));
  }

  last() {
    this.list.choose(this.list.beside(Infinity));
  }

  edit() {
    this.list.edit(true);
  }

  /** Take the text of the editor. */
  setText(text) {
    this.list.isEditing = false;
    const lines = linesOf(text);
    if (lines.length) this._with({ lines });
    else this.note("A cue without text can't be kept; delete it instead.");
    this.list.edit(false);
  }

  take(at) {
    const text = this.list.others(this.list.cue)[at];
    if (text) this._with({ lines: text.split("\n") });
  }

  /** Take a time that was typed, on a frame; gives whether it is one. */
  setTime(which, text) {
    const us = parsed(text);
    if (us === null) this.note(`“${text}” is no time; write it as 1:02.480.`);
    else if (us !== Math.round(this.list.cue[`${which}_us`] / 1000) * 1000) {
      return this._setTime(which, this.frames.nearest(us));
    }
    return us !== null;
  }

  earlier(which) {
    this._setTime(which, this.frames.beside(this.list.cue[`${which}_us`], -1));
  }

  later(which) {
    this._setTime(which, this.frames.beside(this.list.cue[`${which}_us`], 1));
  }

  here(which) {
    this._setTime(which, this.frames.showing(this.player.at_us));
  }

  _setTime(which, us) {
    const { start_us, end_us } = { ...this.list.cue, [`${which}_us`]: us };
    if (start_us >= end_us) {
      this.note("The start has to be before the end.");
      return false;
    }
    this._with({ start_us, end_us });
    if (!this.player.isPlaying) this.player.seek(us);
    return true;
  }

  /** In two at the player's frame where that is within the cue; the text at the caret if any. */
  split(text = null, caret = null) {
    const { cue } = this.list;
    const here = this.frames.showing(this.player.at_us);
    const isWithin = cue.start_us < here && here < cue.end_us;
    const share = caret === null ? 0.5 : caret / Math.max(1, text.length);
    const length = cue.end_us - cue.start_us;
    const at = isWithin ? here : this.frames.nearest(cue.start_us + Math.round(share * length));
    const [before, after] = caret === null
      ? parted(cue.lines, isWithin ? (here - cue.start_us) / length : share)
      : [linesOf(text.slice(0, caret)), linesOf(text.slice(caret))];
    if (!before.length || !after.length) {
      return this.note("Each part needs text: put the caret between words.");
    }
    if (at <= cue.start_us || at >= cue.end_us) {
      return this.note("The cue is too short to be split.");
    }
    this.list.isEditing = false;
    this._take(split(this.history.cues, cue.key, at, before, after), "Split in two.");
  }

  join() {
    const edit = joined(this.history.cues, this.list.key);
    this._take(edit, edit ? "Joined with the next." : "There is no next cue.");
  }

  remove() {
    this._take(without(this.history.cues, this.list.key), "Deleted; Ctrl+Z brings it back.");
  }

  add() {
    const start = this.frames.showing(this.player.at_us);
    const next = this.history.cues.find(({ start_us }) => start_us > start);
    const end = this.frames.nearest(Math.min(start + FRESH_US, next?.start_us ?? Infinity));
    const until = end > start ? end : start + FRESH_US;
    this._take(added(this.history.cues, start, until, this.list.cue), "Added.");
    this.list.choose(this.list.key);
    this.list.edit(true);
  }

  /** Accept the cue and go on, or take that back. */
  accept() {
    const { accepted } = this.list.cue;
    const next = this.list.beside(1);
    this._with({ accepted: !accepted });
    if (!accepted) this.list.choose(next);
  }

  play() {
    this.player.toggle();
  }

  playCue() {
    this.player.playStretch(this.list.cue.start_us, this.list.cue.end_us);
  }

  frameOn() {
    this._step(1);
  }

  frameBack() {
    this._step(-1);
  }

  _step(count) {
    this.player.pause();
    this.player.seek(this.frames.beside(this.player.at_us, count));
  }

  secondOn() {
    this.player.seek(this.player.at_us + SECOND_US);
  }

  secondBack() {
    this.player.seek(this.player.at_us - SECOND_US);
  }

  track() {
    this.trackShown(this.player.toggleTrack());
  }

  search() {
    this.list.search.focus();
  }

  doubtful() {
    this.list.setFilter(this.list.filter === "doubtful" ? "all" : "doubtful");
  }

  order() {
    this.list.setOrder(this.list.order === "worst" ? "time" : "worst");
  }
}
