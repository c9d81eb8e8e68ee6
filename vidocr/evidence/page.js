// The page: figures, the list of cues with its order, filter, search and keys.

const facts = JSON.parse($("facts").textContent);
$("facts").remove();
facts.cues.forEach((cue, at) => {
  cue.number = at + 1;
  cue.pool = [...cue.lines, ...(cue.source?.lines || []), ...(cue.others || [])].join("\n");
  cue.pool = folded(cue.pool);
});

const FILTERS = [
  ["all", "All", () => true],
  ["doubtful", "Doubtful", isDoubtful],
  ["flagged", "Flagged", (cue) => Boolean(cue.flags)],
  ["short", "Short", (cue) => cue.end - cue.start < facts.short],
  ["otherwise", "Other readings", (cue) => Boolean(cue.others)],
  ["changed", "Changed", (cue) => Boolean(cue.changes)],
];
const worse = (a, b) => b.bad - a.bad || a.confidence - b.confidence || a.number - b.number;
const earlier = (a, b) => a.number - b.number;

const state = { filter: "all", order: "worst", query: "", shown: [], cue: null };
const cards = new Map();
const cueOf = new Map();
for (const cue of facts.cues) {
  const card = cardOf(cue);
  cards.set(cue, card);
  cueOf.set(card, cue);
}

// Pictures of thousands of cues take long to decode: each is shown when it comes near.
const near = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      showPictures(entry.target, cueOf.get(entry.target));
      near.unobserve(entry.target);
    }
  },
  { rootMargin: "800px" },
);
for (const card of cards.values()) near.observe(card);

const map = mapOf();
const timeline = timelineOf(goTo, (sight, time) => {
  point(sight.box, time.start, time.end);
  coverage.open(sight);
});
const coverage = coverageOf((box, start, end) => {
  point(box, start, end);
  $("timeline").scrollIntoView({ block: "start" });
});

addEventListener("beforeprint", () => {
  timeline.showAll();
  cards.forEach((card, cue) => showPictures(card, cue));
});

/** Mark a box and a stretch. */
function point(box, start, end) {
  map.mark(box ? [box] : []);
  timeline.mark(start, end);
}

/** Lower case, without the difference between wide and narrow letters. */
function folded(text) {
  return text.normalize("NFKC").toLowerCase();
}

function show() {
  const [, , holds] = FILTERS.find(([name]) => name === state.filter);
  const query = folded(state.query.trim());
  const found = facts.cues.filter((cue) => holds(cue) && cue.pool.includes(query));
  state.shown = found.sort(state.order === "worst" ? worse : earlier);
  $("list").replaceChildren(...state.shown.map((cue) => cards.get(cue)));
  for (const chip of $("filters").children) {
    chip.setAttribute("aria-pressed", String(chip.value === state.filter));
  }
  $("none").hidden = state.shown.length > 0;
  $("none").textContent = facts.cues.length ? "No cue is like that." : "No subtitles were found.";
  highlight(query);
  tellStatus();
}

/** Mark what was searched for, where the browser can. */
function highlight(query) {
  if (!window.Highlight) return;
  CSS.highlights.delete("found");
  if (!query) return;
  const ranges = [];
  for (const cue of state.shown.slice(0, 500)) {
    for (const line of cards.get(cue).querySelectorAll(".line")) {
      const text = line.firstChild;
      const at = text.data.toLowerCase().indexOf(query);
      if (at < 0 || at + query.length > text.length) continue;
      const range = new Range();
      range.setStart(text, at);
      range.setEnd(text, at + query.length);
      ranges.push(range);
    }
  }
  CSS.highlights.set("found", new Highlight(...ranges));
}

function tellStatus() {
  const all = counted(facts.cues.length, "cue");
  const part = state.shown.length < facts.cues.length;
  $("status").textContent = part ? `${figure(state.shown.length)} of ${all}` : all;
}

/** Make a cue the current one, without moving anything. */
function choose(cue) {
  if (state.cue) cards.get(state.cue).removeAttribute("aria-current");
  state.cue = cue;
  cards.get(cue).setAttribute("aria-current", "true");
  map.markCue(cue);
  timeline.mark(cue.start, cue.end);
}

/** Choose a cue and go to it; one that is hidden shows all again. */
function goTo(cue) {
  if (!state.shown.includes(cue)) set({ filter: "all", query: "" });
  choose(cue);
  const card = cards.get(cue);
  showPictures(card, cue);
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "center" });
}

function step(by) {
  if (!state.shown.length) return;
  const at = state.shown.indexOf(state.cue);
  const next = at < 0 ? 0 : Math.min(state.shown.length - 1, Math.max(0, at + by));
  goTo(state.shown[next]);
}

function set(changed) {
  Object.assign(state, changed);
  $("query").value = state.query;
  $("order").value = state.order;
  show();
}

function clear() {
  set({ filter: "all", query: "" });
  if (document.activeElement === $("query")) $("query").blur();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  "/": () => $("query").focus(),
  d: () => set({ filter: state.filter === "doubtful" ? "all" : "doubtful" }),
  o: () => set({ order: state.order === "worst" ? "time" : "worst" }),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") return clear();
  const writes = event.target.closest("input, select");
  if (writes || !(event.key in KEYS)) return;
  event.preventDefault();
  KEYS[event.key]();
});
$("query").addEventListener("input", () => set({ query: $("query").value }));
$("query").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && state.shown.length) goTo(state.shown[0]);
});
$("order").addEventListener("change", () => set({ order: $("order").value }));
$("list").addEventListener("focusin", (event) => choose(cueOf.get(event.target.closest(".cue"))));
$("list").addEventListener("click", (event) => {
  const card = event.target.closest(".cue");
  if (card) choose(cueOf.get(card));
});
addEventListener("hashchange", followHash);

/** Go to the cue that the address names. */
function followHash() {
  const cue = facts.cues[Number(/^#cue-(\d+)$/.exec(location.hash)?.[1]) - 1];
  if (cue) goTo(cue);
}

function tellFigures() {
  const doubtful = facts.cues.filter(isDoubtful).length;
  const out = facts.reasons.reduce((sum, { sights, hidden }) => sum + sights.length + hidden, 0);
  const speed = facts.run.find(([name]) => name === "Speed")[1];
  const figures = [
    ["Cues", figure(facts.cues.length)],
    ["Doubtful", figure(doubtful), doubtful ? "bad" : ""],
    ["Seen, but no cue", figure(out)],
    ["Film", lasting(facts.span[1] - facts.span[0])],
    ["Speed", /[\d.]+\s×/.exec(speed)?.[0]],
  ].filter(([, value]) => value);
  for (const [name, value, kind] of figures) {
    $("figures").append(
      element("div", { class: kind }, element("dt", {}, name), element("dd", {}, value)),
    );
  }
}

$("name").textContent = facts.name;
tellFigures();
for (const [name, value] of facts.run) {
  $("run").append(element("dt", {}, name), element("dd", {}, value));
}
for (const [name, title, holds] of FILTERS) {
  const number = facts.cues.filter(holds).length;
  if (name !== "all" && name !== "doubtful" && !number) continue;
  const chip = element(
    "button",
    { type: "button", value: name },
    `${title} `,
    element("span", { class: "count" }, figure(number)),
  );
  chip.addEventListener("click", () => set({ filter: name }));
  $("filters").append(chip);
}
show();
followHash();
