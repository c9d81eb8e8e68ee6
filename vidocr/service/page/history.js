// The cues as they are, and all that they were: undone and redone without an end.

export class History {
  /** Calls ``changed(key)`` with the cue to look at after each edit, undo and redo. */
  constructor(cues, changed) {
    this.cues = cues;
    this._changed = changed;
    this._past = [];
    this._future = [];
  }

  get canUndo() {
    return this._past.length > 0;
  }

  get canRedo() {
    return this._future.length > 0;
  }

  /** Take an edit; null is none. */
  take(edit, key) {
    if (!edit) return;
    this._past.push({ cues: this.cues, key });
    this._future = [];
    this._become(edit);
  }

  undo(key) {
    this._move(this._past, this._future, key);
  }

  redo(key) {
    this._move(this._future, this._past, key);
  }

  _move(from, to, key) {
    if (!from.length) return;
    to.push({ cues: this.cues, key });
    this._become(from.pop());
  }

  _become({ cues, key }) {
    this.cues = cues;
    this._changed(key);
  }
}
