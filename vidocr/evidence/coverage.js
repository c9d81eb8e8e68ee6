// What was seen and became no cue, by reason; and stretches of the film without any cue.

const TIMES_SHOWN = 3;

/** List it. ``shown`` is told of a sight and one of its times when it was clicked. */
function coverageOf(shown) {
  const entries = new Map();
  $("coverage-lede").textContent = facts.reasons.length
    ? "Strokes that look like text stood here, and no cue was written. What may be subtitles " +
      "comes first."
    : "Nothing that looks like text was seen beside the cues.";
  for (const reason of facts.reasons) {
    const list = element("ul", { class: "sights" });
    const group = element(
      "details",
      { class: "reason" },
      element(
        "summary",
        {},
        element("span", { class: "title" }, reason.title),
        element("span", { class: "count" }, figure(reason.sights.length + reason.hidden)),
      ),
      reason.why ? element("p", { class: "why" }, reason.why) : null,
      list,
      reason.hidden
        ? element("p", { class: "why" }, `${figure(reason.hidden)} more, seen for less long, are not listed.`)
        : null,
    );
    const fill = () => {
      if (!list.childElementCount) {
        for (const sight of reason.sights) {
          const entry = sightOf(sight, shown);
          entries.set(sight, entry);
          list.append(entry);
        }
      }
    };
    group.addEventListener("toggle", () => group.open && fill());
    for (const sight of reason.sights) entries.set(sight, { group, fill });
    $("reasons").append(group);
  }
  listQuiet(shown);

  /** Open the group of a sight and go to it. */
  function open(sight) {
    const found = entries.get(sight);
    if (found.fill) {
      found.group.open = true;
      found.fill();
    }
    const entry = entries.get(sight);
    entry.closest("details").open = true;
    entry.scrollIntoView({ block: "center" });
    entry.focus({ preventScroll: true });
  }
  return { open };
}

function sightOf(sight, shown) {
  const times = sight.times.slice(0, TIMES_SHOWN).map(([start, end]) => {
    const text = end > start ? `${clock(start)} → ${clock(end)}` : clock(start);
    const button = element("button", { type: "button" }, text);
    button.addEventListener("click", () => shown(sight.box, start, end));
    return button;
  });
  const more = sight.count - times.length;
  const until = clock(sight.times.at(-1)[1]);
  return element(
    "li",
    { tabindex: "-1" },
    element(
      "div",
      { class: "pictures" },
      ...(sight.pictures || []).map((base64) => picture(base64, "Picture of what was seen")),
    ),
    sight.text ? element("p", { class: "text" }, ...lines([sight.text])) : null,
    element(
      "p",
      { class: "times" },
      ...times,
      element("small", {}, (more > 0 ? `and ${figure(more)} more, until ${until} · ` : "") + sight.where),
    ),
  );
}

function listQuiet(shown) {
  if (!facts.quiet.length) return;
  const rows = facts.quiet.map(([start, end, sights]) => {
    const button = element("button", { type: "button" }, `${clock(start)} → ${clock(end)}`);
    button.addEventListener("click", () => shown(null, start, end));
    const seen = sights ? `what may be a cue was seen ${sights === 1 ? "once" : `${figure(sights)} times`}` : "";
    return element("li", {}, button, element("span", {}, lasting(end - start)), element("small", {}, seen));
  });
  $("quiet").append(
    element("h3", {}, "Longest stretches without a cue"),
    element("ul", { class: "stretches" }, ...rows),
  );
}
