// Keeps the service's copy of the cues up with the page's, and tells when that is not so.

import { request } from "./api.js";
import { sendable } from "./edits.js";

const SETTLE_MS = 900;
const AGAIN_MS = 3000;

export class Saver {
  /** ``cuesOf()`` gives what to save; ``told(state, message)`` hears: saved, waiting, saving,
   * failed, conflict. */
  constructor(path, revision, cuesOf, told) {
    Object.assign(this, { revision, state: "saved" });
    this._path = path;
    this._cuesOf = cuesOf;
    this._told = told;
    this._saved = cuesOf();
    this._timer = 0;
    this._under = Promise.resolve();
  }

  get isClean() {
    return this.state === "saved";
  }

  /** Something was changed: save it when it has come to rest. */
  touch() {
    if (this.state === "conflict") return;
    if (this._cuesOf() === this._saved && this.state !== "saving") this._become("saved");
    else {
      this._become("waiting");
      this._later(SETTLE_MS);
    }
  }

  /** Save now; gives whether all is saved. */
  async flush() {
    clearTimeout(this._timer);
    this._under = this._under.then(() => this._save());
    await this._under;
    return this.isClean;
  }

  /** After a conflict: put these cues in the place of those that another saved. */
  async insist() {
    this.state = "waiting";
    return this.flush();
  }

  /** Save no more. */
  end() {
    clearTimeout(this._timer);
    this._saved = this._cuesOf();
    this._become("saved");
  }

  async _save() {
    const cues = this._cuesOf();
    if (cues === this._saved || this.state === "conflict") return;
    this._become("saving");
    try {
      const json = { revision: this.revision, cues: sendable(cues) };
      const answer = await request(this._path, { method: "PUT", json });
      this.revision = (await answer.json()).revision;
      this._saved = cues;
      this._become("saved");
      if (this._cuesOf() !== cues) this.touch();
    } catch (error) {
      this._fail(error);
    }
  }

  _fail(error) {
    if (error.code === "conflict") {
      this.revision = Number(error.headers.get("X-Revision"));
      this._become("conflict", error.message);
      return;
    }
    this._become("failed", error.message);
    if (error.status === 0 || error.status >= 500 || error.status === 429) this._later(AGAIN_MS);
  }

  _later(ms) {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this.flush(), ms);
  }

  _become(state, message = "") {
    this.state = state;
    this._told(state, message);
  }
}
