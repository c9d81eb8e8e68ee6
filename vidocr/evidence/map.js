// The picture with the places that were followed, where cues stand, and what was left out.

/** Draw it; tells how to mark boxes on it. */
function mapOf() {
  const [width, height] = facts.size;
  const rectangle = (kind, [x0, y0, x1, y1]) =>
    drawn("rect", { class: kind, x: x0, y: y0, width: x1 - x0, height: y1 - y0, rx: height / 180 });
  const inPicture = ([x0, y0, x1, y1]) => [x0 * width, y0 * height, x1 * width, y1 * height];
  const regions = facts.regions.map((box) => rectangle("region", box));
  const cues = facts.cues.flatMap((cue) => cue.boxes.map((box) => rectangle("line", inPicture(box))));
  const left = facts.reasons.flatMap(({ sights }) =>
    sights.map(({ box, likely }) => rectangle(likely ? "out likely" : "out", box)),
  );
  const marked = drawn("g", {});
  const faint = drawn("g", {}, ...cues);
  faint.style.setProperty("--faint", Math.max(0.02, Math.min(0.35, 8 / (cues.length + 1))));
  const svg = drawn(
    "svg",
    {
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label":
        `Picture of ${width} by ${height} px: ${counted(regions.length, "place")} followed, ` +
        `${counted(cues.length, "line")} of cues, ${counted(left.length, "place")} of text without`,
    },
    rectangle("screen", [0, 0, width, height]),
    ...regions,
    faint,
    ...left,
    marked,
  );
  $("map").append(svg);
  legend([
    ["region", "followed", regions.length],
    ["line", "lines of cues", cues.length],
    ["out", "seen, but no cue", left.length],
  ]);

  /** Mark boxes in px of the picture. */
  function mark(boxes) {
    marked.replaceChildren(...boxes.map((box) => rectangle("marked", box)));
  }
  return { mark, markCue: (cue) => mark(cue.boxes.map(inPicture)) };
}

function legend(kinds) {
  const entries = kinds
    .filter(([, , number]) => number)
    .map(([kind, title]) =>
      element("li", {}, element("span", { class: `key ${kind}`, "aria-hidden": "true" }), title),
    );
  $("legend").append(...entries);
}
