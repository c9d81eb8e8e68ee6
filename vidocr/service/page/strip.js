// The film as a strip: where cues are, which are doubtful, and where the player stands.

import { drawn, element } from "./dom.js";
import { clock } from "./times.js";

export class Strip {
  /** ``seek(us)`` is called when a person goes somewhere. */
  constructor(duration_us, seek) {
    this._duration = duration_us;
    this._sure = drawn("path", { class: "plain" });
    this._doubtful = drawn("path", { class: "worse" });
    this._accepted = drawn("path", { class: "good" });
    const svg = drawn(
      "svg",
      { viewBox: `0 0 ${duration_us} 1`, preserveAspectRatio: "none", "aria-hidden": "true" },
      this._sure, this._doubtful, this._accepted,
    );
    this._cursor = element("span", { class: "cursor" });
    this._current = element("span", { class: "current" });
    this.node = element(
      "div",
      {
        class: "strip", role: "slider", tabindex: 0, "aria-label": "Place in the film",
        "aria-valuemin": 0, "aria-valuemax": Math.round(duration_us / 1e6),
        pointerdown: (event) => this._grab(event, seek),
      },
      svg, this._current, this._cursor,
    );
    this.move(0);
  }

  setCues(cues, isDoubtful) {
    const box = ({ start_us, end_us }) => `M${start_us} 0H${end_us}V1H${start_us}z`;
    const path = (some) => some.map(box).join("");
    const open = cues.filter((cue) => !cue.accepted);
    this._accepted.setAttribute("d", path(cues.filter((cue) => cue.accepted)));
    this._sure.setAttribute("d", path(open.filter((cue) => !isDoubtful(cue))));
    this._doubtful.setAttribute("d", path(open.filter(isDoubtful)));
  }

  move(us) {
    this._cursor.style.left = `${100 * Math.min(1, us / this._duration)}%`;
    this.node.setAttribute("aria-valuenow", Math.round(us / 1e6));
    this.node.setAttribute("aria-valuetext", clock(us));
  }

  mark(cue) {
    this._current.hidden = !cue;
    if (!cue) return;
    this._current.style.left = `${(100 * cue.start_us) / this._duration}%`;
    this._current.style.width = `${(100 * (cue.end_us - cue.start_us)) / this._duration}%`;
  }

  _grab(event, seek) {
    const { left, width } = this.node.getBoundingClientRect();
    const to = ({ clientX }) =>
      seek(Math.round(Math.min(1, Math.max(0, (clientX - left) / width)) * this._duration));
    to(event);
    this.node.setPointerCapture(event.pointerId);
    this.node.addEventListener("pointermove", to);
    const end = () => this.node.removeEventListener("pointermove", to);
    this.node.addEventListener("lostpointercapture", end, { once: true });
  }
}
