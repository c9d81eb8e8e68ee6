// Times, sizes and numbers as people read and write them.

const two = (number) => String(number).padStart(2, "0");

/** 1:02:03.480, or 2:03.480 in the first hour. */
export function clock(us) {
  const ms = Math.round(us / 1000);
  const [hours, minutes] = [Math.floor(ms / 3600000), Math.floor(ms / 60000) % 60];
  const seconds = `${two(Math.floor(ms / 1000) % 60)}.${String(ms % 1000).padStart(3, "0")}`;
  return hours ? `${hours}:${two(minutes)}:${seconds}` : `${minutes}:${seconds}`;
}

/** As clock, to the second. */
export const shortClock = (us) => clock(Math.floor(us / 1e6) * 1e6).replace(/\.\d+$/, "");

/** What a person typed ("62.5", "1:02.5", "0:01:02,500") in us; null where it is no time. */
export function parsed(text) {
  const match = /^\s*(?:(?:(\d+):)?(\d{1,2}):)?(\d+)(?:[.,](\d{1,6}))?\s*$/.exec(text);
  if (!match) return null;
  const [, hours, minutes, seconds, fraction] = match;
  if (minutes !== undefined && Number(seconds) > 59) return null;
  if (hours !== undefined && Number(minutes) > 59) return null;
  const whole = Number(hours || 0) * 3600 + Number(minutes || 0) * 60 + Number(seconds);
  return whole * 1e6 + Number((fraction || "").padEnd(6, "0"));
}

/** 0.48 s, 12.5 s, 3 min 05 s or 1 h 02 min. */
export function lasting(us) {
  const seconds = us / 1e6;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor(whole / 60) % 60)} min`;
}

/** 620 kB, 1.4 GB. */
export function size(bytes) {
  const [unit, by] = [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]].find(([, by]) => bytes >= by) || ["B", 1];
  const number = bytes / by;
  return `${number >= 10 || by === 1 ? Math.round(number) : number.toFixed(1)}\u00a0${unit}`;
}

export const percent = (share) => `${Math.floor(Math.round(1000 * share) / 10)} %`;

export const counted = (number, noun) =>
  `${new Intl.NumberFormat("en").format(number)} ${noun}${number === 1 ? "" : "s"}`;

/** Of sorted numbers: the index of the last that is at most ``value``, or -1. */
export function lastUpTo(numbers, value) {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
