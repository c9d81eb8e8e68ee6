// The film with the track on it; its frames one by one where the browser can't play it.

import { getsMedia } from "./api.js";
import { element } from "./dom.js";
import { showing } from "./pictures.js";
import { clock, lastUpTo } from "./times.js";

const AFTER_START_US = 1000; // a seek to a frame's very start may show the one before
const LINE_HEIGHT = 7; // per cent of the picture, as browsers draw cues
const FRAME_SIDE = 1280;

export class Player {
  /** Calls ``moved(us)`` when another moment shows, ``played(isPlaying)``, and ``told(text)`` with
   * words for a person. */
  constructor(job, { moved, played, told, signal }) {
    this.at_us = 0;
    this.isFramesOnly = false;
    this._job = job;
    this._moved = moved;
    this._told = told;
    this._until_us = null;
    this._shown = new Map();
    this._cues = [];
    this._video = element("video", {
      src: getsMedia() ? `/v1/jobs/${job.id}/film` : null, preload: "auto", playsinline: true,
      "aria-label": "The film", error: () => this._failed(), click: () => this.toggle(),
      loadedmetadata: () => this._video.videoWidth || this._failed(),
      play: () => played(true),
      pause: () => {
        this._until_us = null;
        played(false);
      },
    });
    this._track = this._video.addTextTrack("subtitles", "The cues below", "");
    this._track.mode = "showing";
    this.node = element("div", { class: "screen" }, this._video);
    this.node.style.aspectRatio = `${job.film.width} / ${job.film.height}`;
    this._watch(signal);
    signal.addEventListener("abort", () => this._end());
    if (!getsMedia()) this._useFrames("With a token, films are played over HTTPS alone");
  }

  get isPlaying() {
    return !this.isFramesOnly && !this._video.paused;
  }

  seek(us) {
    this.at_us = Math.max(0, us);
    if (this.isFramesOnly) this._showFrame();
    else this._video.currentTime = (this.at_us + AFTER_START_US) / 1e6;
    this._moved(this.at_us);
  }

  async toggle() {
    if (this.isFramesOnly) this._told("This film can't be played here; step through its frames.");
    else if (this._video.paused) await this._play(null);
    else this._video.pause();
  }

  /** Play a stretch, then stop. */
  async playStretch(start_us, end_us) {
    this.seek(start_us);
    if (!this.isFramesOnly) await this._play(end_us);
  }

  pause() {
    if (!this.isFramesOnly) this._video.pause();
  }

  /** Put cues on the film; those that are as they were stay untouched. */
  setCues(cues) {
    this._cues = cues;
    const now = new Set(cues);
    for (const [cue, shown] of this._shown) {
      if (now.has(cue)) continue;
      this._track.removeCue(shown);
      this._shown.delete(cue);
    }
    for (const cue of cues) {
      if (this._shown.has(cue)) continue;
      const shown = vttOf(cue);
      this._shown.set(cue, shown);
      this._track.addCue(shown);
    }
    if (this.isFramesOnly) this._caption();
  }

  /** Show the track or hide it; gives whether it shows. */
  toggleTrack() {
    this._track.mode = this._track.mode === "showing" ? "hidden" : "showing";
    this._caption();
    return this._track.mode === "showing";
  }

  async _play(until_us) {
    try {
      await this._video.play();
      this._until_us = until_us;
    } catch (error) {
      if (error.name !== "AbortError") this._told(error.message);
    }
  }

  _watch(signal) {
    if (!this._video.requestVideoFrameCallback) {
      // Older browsers tell the time a few times a second, and not that of the frame.
      this._video.addEventListener("timeupdate", () => {
        if (!this._video.seeking) this._arrived(Math.round(this._video.currentTime * 1e6));
      });
      return;
    }
    const next = () => this._video.requestVideoFrameCallback(seen);
    const seen = (_now, { mediaTime }) => {
      if (signal.aborted) return;
      // While it seeks, what shows is where it was, not where it is sent.
      if (!this._video.seeking) this._arrived(Math.round(mediaTime * 1e6));
      next();
    };
    next();
  }

  _arrived(us) {
    this.at_us = us;
    if (this._until_us !== null && us >= this._until_us) this._video.pause();
    this._moved(us);
  }

  _failed() {
    if (this.isFramesOnly || !this._video.isConnected) return;
    this._useFrames("This browser can't play the film");
  }

  _useFrames(why) {
    this.isFramesOnly = true;
    this._image = element("img", { alt: "A frame of the film" });
    this._words = element("p", { class: "caption", "aria-hidden": "true" });
    this._image.addEventListener("load", () => this._loaded());
    this._image.addEventListener("error", () => this._loaded());
    this.node.replaceChildren(
      this._image,
      this._words,
      element("p", { class: "unplayed" }, `${why}: its frames are shown.`),
    );
    this._showFrame();
    this._told(`${why}: its frames are shown instead.`);
  }

  /** One frame is asked for at a time, then the latest that was wanted meanwhile. */
  _showFrame() {
    this._caption();
    const at = `side=${FRAME_SIDE}&time_us=${Math.round(this.at_us)}`;
    this._wanted = `/v1/jobs/${this._job.id}/frame?${at}`;
    if (this._isLoading || this._asked === this._wanted) return;
    this._isLoading = true;
    this._asked = this._wanted;
    showing(this._image, this._wanted);
    this._image.alt = `The frame at ${clock(this.at_us)}`;
  }

  _loaded() {
    this._isLoading = false;
    if (this._asked !== this._wanted) this._showFrame();
  }

  _caption() {
    if (!this.isFramesOnly) return;
    const at = this.at_us + AFTER_START_US;
    const shown = this._cues.filter((cue) => cue.start_us <= at && at < cue.end_us);
    const isOn = this._track.mode === "showing";
    this._words.textContent = isOn ? shown.map((cue) => cue.lines.join("\n")).join("\n") : "";
  }

  _end() {
    this._video.pause();
    this._video.removeAttribute("src");
    this._video.load();
  }
}

/** A cue as browsers show it, beside the burned-in text so that the two can be compared. */
function vttOf({ start_us, end_us, lines, place }) {
  const signs = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
  const text = lines.join("\n").replace(/[&<>]/g, (sign) => signs[sign]);
  const shown = new VTTCue(start_us / 1e6, end_us / 1e6, text);
  const above = 100 * place[1] - LINE_HEIGHT * lines.length - 1;
  shown.snapToLines = false;
  shown.line = Math.min(90, above >= 0 ? above : 100 * place[3] + 1);
  return shown;
}

/** The cue that shows at a time, of cues by time; null where none does. */
export function cueAt(cues, us) {
  const at = lastUpTo(cues.map((cue) => cue.start_us), us + AFTER_START_US);
  for (let back = at; back >= Math.max(0, at - 3); back--) {
    if (us + AFTER_START_US < cues[back].end_us) return cues[back];
  }
  return null;
}
