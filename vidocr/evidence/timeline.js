// The film from left to right: cues in lanes by their place, what was left out, missing frames.

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const LEAST_SHOWN_US = 20e6;
const TICK_PX = 96;
const LABEL_PX = 52;
const REACH_PX = 3;

/** Draw it. ``chosen`` is told of a cue that was clicked, ``sighted`` of a sight. */
function timelineOf(chosen, sighted) {
  const [begin, end] = facts.span;
  const [track, scroll, pointed] = [$("track"), $("scroll"), $("pointed")];
  const share = (us) => (us - begin) / (end - begin);
  const sights = facts.reasons.flatMap((reason) =>
    reason.sights.flatMap((sight) =>
      sight.times.map(([start, stop]) => ({ start, end: stop, sight, reason })),
    ),
  );
  const lanes = lanesOf(sights);
  const ruler = element("div", { class: "ruler", "aria-hidden": "true" });
  const cursor = element("div", { class: "cursor", hidden: "" });
  track.append(...lanes.map((lane) => laneOf(lane, share)), ruler, cursor);
  $("labels").append(...lanes.map((lane) => element("span", {}, lane.title)));
  const limit = Math.max(1, (end - begin) / LEAST_SHOWN_US);
  let zoom = 1;

  function zoomTo(wanted) {
    const middle = (scroll.scrollLeft + scroll.clientWidth / 2) / track.offsetWidth;
    zoom = Math.min(limit, Math.max(1, wanted));
    track.style.width = `${100 * zoom}%`;
    scroll.scrollLeft = middle * track.offsetWidth - scroll.clientWidth / 2;
    $("zoom-in").disabled = zoom >= limit;
    $("zoom-out").disabled = $("zoom-all").disabled = zoom <= 1;
    rule();
  }

  /** Marks of time, as many as fit. */
  function rule() {
    const most = Math.max(1, track.offsetWidth / TICK_PX);
    const span_s = (end - begin) / 1e6;
    const step = 1e6 * (STEPS_S.find((each) => span_s / each <= most) || STEPS_S.at(-1));
    const ticks = [];
    for (let us = Math.ceil(begin / step) * step; us <= end; us += step) {
      const fits = (1 - share(us)) * track.offsetWidth > LABEL_PX;
      const tick = element("span", {}, fits ? shortClock(us) : "");
      tick.style.left = `${100 * share(us)}%`;
      ticks.push(tick);
    }
    ruler.replaceChildren(...ticks);
  }

  /** Mark a stretch and bring it into view. */
  function mark(start, stop) {
    cursor.hidden = false;
    cursor.style.left = `${100 * share(start)}%`;
    cursor.style.width = `${100 * (share(stop) - share(start))}%`;
    const x = share((start + stop) / 2) * track.offsetWidth;
    if (x < scroll.scrollLeft || x > scroll.scrollLeft + scroll.clientWidth) {
      scroll.scrollLeft = x - scroll.clientWidth / 2;
    }
  }

  /** What the pointer is at: the nearest in its lane; of several, what matters, then the shortest. */
  function under(event) {
    const lane = lanes[[...track.children].indexOf(event.target.closest("svg"))];
    if (!lane || !lane.items.length) return null;
    const box = track.getBoundingClientRect();
    const us = begin + ((event.clientX - box.left) / box.width) * (end - begin);
    const reach = (REACH_PX * (end - begin)) / box.width;
    const rank = ({ start, end: stop, sight }) => [
      Math.max(0, start - us - reach, us - stop - reach),
      sight && !sight.likely ? 1 : 0,
      stop - start,
    ];
    return lane.items.reduce((best, each) => (isLess(rank(each), rank(best)) ? each : best));
  }

  track.addEventListener("pointermove", (event) => {
    const found = under(event);
    pointed.textContent = found ? toldOf(found) : "";
  });
  track.addEventListener("pointerleave", () => (pointed.textContent = ""));
  track.addEventListener("click", (event) => {
    const found = under(event);
    if (found?.lines) chosen(found);
    else if (found?.sight) sighted(found.sight, found);
  });
  $("zoom-in").addEventListener("click", () => zoomTo(zoom * 2));
  $("zoom-out").addEventListener("click", () => zoomTo(zoom / 2));
  $("zoom-all").addEventListener("click", () => zoomTo(1));
  new ResizeObserver(rule).observe(scroll);
  zoomTo(1);
  return { mark, showAll: () => zoomTo(1) };
}

/** Whether a list of numbers comes before another one. */
function isLess(a, b) {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at >= 0 && a[at] < b[at];
}

function lanesOf(sights) {
  const named = ["top", "middle", "bottom"].map((place) => ({
    title: place[0].toUpperCase() + place.slice(1),
    kind: "cues",
    items: facts.cues.filter((cue) => cue.position === place),
  }));
  const gaps = facts.gaps.map(([start, end]) => ({ start, end }));
  return [
    ...named.filter((lane) => lane.items.length || lane.title === "Bottom"),
    { title: "No cue", kind: "out", items: sights },
    { title: "Missing", kind: "missing", items: gaps },
  ].filter((lane) => lane.kind === "cues" || lane.items.length);
}

/** One drawing a lane, with one path for each colour: thousands of cues cost little. */
function laneOf(lane, share) {
  const isWorse = (item) => (item.sight ? item.sight.likely : item.lines && isDoubtful(item));
  const path = (items, kind) =>
    drawn("path", {
      class: kind,
      d: items
        .map(({ start, end }) => {
          const [x, wide] = [1000 * share(start), 1000 * (share(end) - share(start))];
          return `M${x.toFixed(3)} 0h${wide.toFixed(3)}v10h${(-wide).toFixed(3)}z`;
        })
        .join(""),
    });
  const svg = drawn(
    "svg",
    {
      viewBox: "0 0 1000 10",
      preserveAspectRatio: "none",
      role: "img",
      class: `lane ${lane.kind}`,
      "aria-label": `${lane.title}: ${figure(lane.items.length)}`,
    },
    drawn("rect", { class: "ground", width: 1000, height: 10 }),
    path(lane.items.filter((item) => !isWorse(item)), "plain"),
    path(lane.items.filter(isWorse), "worse"),
  );
  return svg;
}

/** An item in words. */
function toldOf(item) {
  const times = `${clock(item.start)} → ${clock(item.end)}`;
  if (item.lines) return [times, `# ${item.number}`, item.lines.join(" ⏎ ")].join(" · ");
  if (item.sight) return [times, item.reason.title, item.sight.text].filter(Boolean).join(" · ");
  return `${times} · frames are missing`;
}
