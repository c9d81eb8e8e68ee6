// The moments at which the film's frames begin: what times of cues snap to.

import { get } from "./api.js";
import { lastUpTo } from "./times.js";

const SLACK_US = 1500; // players round times

export async function framesOf(job, signal) {
  const { starts_us } = await get(`/v1/jobs/${job.id}/frames`, { signal });
  return new Frames(starts_us);
}

export class Frames {
  constructor(starts_us) {
    this._starts = starts_us;
  }

  /** The start of the frame that shows at a time. */
  showing(us) {
    return this._starts[Math.max(0, lastUpTo(this._starts, us + SLACK_US))] ?? us;
  }

  /** The start of a frame that is nearest to a time. */
  nearest(us) {
    const at = lastUpTo(this._starts, us);
    const near = [this._starts[at], this._starts[at + 1]].filter((each) => each !== undefined);
    if (!near.length) return us;
    if (at === this._starts.length - 1) return us; // the end of the film's last frame is no start
    return near.reduce((a, b) => (Math.abs(b - us) < Math.abs(a - us) ? b : a));
  }

  /** The start of the frame ``count`` further on from that which shows at a time. */
  beside(us, count) {
    const at = Math.max(0, lastUpTo(this._starts, us + SLACK_US)) + count;
    return this._starts[Math.min(this._starts.length - 1, Math.max(0, at))] ?? us;
  }
}
