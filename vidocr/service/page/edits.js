// What a person can do to a list of cues. Nothing here changes a list: each edit gives another.
// An edit gives { cues, key }: the list by time, and the cue that is looked at from then on.

let last = 0;
const fresh = () => ++last;

/** The cues of the API, each under a key of its own for as long as the page is open. */
export const keyed = (cues) => cues.map((cue) => ({ ...cue, key: fresh() }));

/** As the API takes them; what was read is left to the service. */
export const sendable = (cues) =>
  cues.map(({ start_us, end_us, lines, place, language, origins, accepted }) => ({
    start_us, end_us, lines, origins, accepted, language,
    place: origins.length === 1 ? null : place,
  }));

/** Lines of what a person typed: blank ones and blanks around them are dropped. */
export const linesOf = (text) =>
  text
    .replace(/[\u0000-\u0009\u000b-\u001f]/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

const byTime = (cues) => cues.sort((a, b) => a.start_us - b.start_us || a.end_us - b.end_us);

/** The cue in other words, times or state; null where nothing is another. */
export function changed(cues, key, values) {
  const cue = cues.find((each) => each.key === key);
  const same = Object.entries(values).every(([name, value]) => equal(cue[name], value));
  if (same) return null;
  return { cues: byTime(cues.map((each) => (each === cue ? { ...cue, ...values } : each))), key };
}

const equal = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);

/** Two cues in the place of one. */
export function split(cues, key, at_us, before, after) {
  const cue = cues.find((each) => each.key === key);
  const first = { ...cue, end_us: at_us, lines: before, accepted: false };
  const second = { ...cue, key: fresh(), start_us: at_us, lines: after, accepted: false };
  return { cues: byTime(cues.flatMap((each) => (each === cue ? [first, second] : each))), key };
}

/** The cue and the next one in time as one; null where there is none. */
export function joined(cues, key) {
  const at = cues.findIndex((each) => each.key === key);
  const [cue, next] = [cues[at], cues[at + 1]];
  if (!next) return null;
  const one = {
    ...cue,
    end_us: Math.max(cue.end_us, next.end_us),
    lines: [...cue.lines, ...next.lines],
    place: around(cue.place, next.place),
    origins: [...new Set([...cue.origins, ...next.origins])],
    confidence: Math.min(cue.confidence, next.confidence),
    alternatives: [],
    accepted: false,
  };
  return { cues: [...cues.slice(0, at), one, ...cues.slice(at + 2)], key };
}

const around = (a, b) => [
  Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3]),
];

/** Without the cue; the one after it is looked at. */
export function without(cues, key) {
  const at = cues.findIndex((each) => each.key === key);
  const rest = cues.filter((each) => each.key !== key);
  return { cues: rest, key: (rest[at] || rest.at(-1))?.key ?? null };
}

/** With a cue of a person's own, which stands where ``beside`` does. */
export function added(cues, start_us, end_us, beside) {
  const cue = {
    key: fresh(), start_us, end_us, lines: ["…"], origins: [], accepted: false,
    place: beside?.place || [0.1, 0.82, 0.9, 0.95], position: beside?.position || "bottom",
    language: beside?.language || null, confidence: 1, engine: "", alternatives: [], flags: [],
    boxes: [], pictures: 0,
  };
  return { cues: byTime([...cues, cue]), key: cue.key };
}

/** Where a text is parted for a cut at ``share`` of it: between lines, else between words. */
export function parted(lines, share) {
  const text = lines.join("\n");
  const want = share * text.length;
  const cuts = [...text.matchAll(lines.length > 1 ? /\n/g : /\s/g)].map(({ index }) => index);
  const far = (index) => Math.abs(index - want);
  const at = cuts.length ? cuts.reduce((a, b) => (far(b) < far(a) ? b : a)) : Math.round(want);
  return [linesOf(text.slice(0, at)), linesOf(text.slice(at))];
}
