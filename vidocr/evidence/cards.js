// A card for each cue: its pictures above its text, so that the eye compares them.

/** The card of a cue, without its pictures: those are shown when it comes near. */
function cardOf(cue) {
  const card = element(
    "li",
    { id: `cue-${cue.number}`, class: isDoubtful(cue) ? "cue doubtful" : "cue", tabindex: "-1" },
    whenOf(cue),
    element("div", { class: "said" }, picturesOf(cue), textOf(cue), sourceOf(cue), othersOf(cue)),
    sureOf(cue),
    doubtsOf(cue),
    changesOf(cue),
  );
  return card;
}

/** Put the pictures into a card that has none yet. */
function showPictures(card, cue) {
  const place = card.querySelector(".pictures");
  if (!place || place.childElementCount) return;
  const alt = (at) => `Picture of line ${at + 1} of cue ${cue.number}`;
  place.append(...cue.pictures.map((base64, at) => picture(base64, alt(at))));
}

function whenOf(cue) {
  const frames = cue.frames ? `frames ${cue.frames[0]}–${cue.frames[1] - 1}` : null;
  return element(
    "div",
    { class: "when" },
    element("a", { href: `#cue-${cue.number}`, class: "number" }, String(cue.number)),
    element("span", { class: "from" }, clock(cue.start)),
    element("span", { class: "until" }, `→ ${clock(cue.end)}`),
    element("small", {}, lasting(cue.end - cue.start)),
    frames && element("small", {}, frames),
    cue.position === "bottom" ? null : element("small", { class: "at" }, cue.position),
  );
}

function picturesOf(cue) {
  return cue.pictures ? element("div", { class: "pictures" }) : null;
}

function textOf(cue) {
  return element("p", { class: "text" }, ...lines(cue.lines, cue.language));
}

function sourceOf(cue) {
  if (!cue.source) return null;
  const { lines: read, language, by } = cue.source;
  return element(
    "p",
    { class: "source" },
    element("small", {}, `Read${language ? ` (${language})` : ""}, translated by ${by}`),
    ...lines(read, language),
  );
}

function othersOf(cue) {
  if (!cue.others) return null;
  const text = (cue.source ? cue.source.lines : cue.lines).join("\n");
  return element(
    "ul",
    { class: "others", "aria-label": "Other readings" },
    ...cue.others.map((other) => element("li", { dir: "auto" }, ...compared(other, text))),
  );
}

function sureOf(cue) {
  const bar = element("span", { class: "bar", "aria-hidden": "true" }, element("span"));
  bar.firstChild.style.width = `${100 * cue.confidence}%`;
  return element(
    "div",
    { class: "sure" },
    element("span", { class: "percent" }, `${Math.floor(Math.round(1000 * cue.confidence) / 10)} %`),
    element("span", { class: "unseen" }, " sure"),
    bar,
    element("small", {}, [cue.engine, cue.language].filter(Boolean).join(" · ")),
  );
}

function doubtsOf(cue) {
  const flags = (cue.flags || []).map((flag) => element("li", { class: "flag" }, flag));
  const doubts = (cue.doubts || []).map(([kind, text]) =>
    element("li", { class: `doubt ${kind}` }, element("bdi", {}, text)),
  );
  if (!flags.length && !doubts.length) return null;
  return element("ul", { class: "doubts", "aria-label": "Doubts" }, ...flags, ...doubts);
}

function changesOf(cue) {
  if (!cue.changes) return null;
  const rows = cue.changes.map(([step, before, after]) =>
    element(
      "li",
      {},
      element("small", {}, step),
      element("del", { dir: "auto" }, before),
      element("ins", { dir: "auto" }, after),
    ),
  );
  const title = counted(cue.changes.length, "change") + " after reading";
  return element(
    "details",
    { class: "changes" },
    element("summary", {}, title),
    element("ul", {}, ...rows),
  );
}

/** The characters of ``other``, those marked that ``text`` has otherwise. */
function compared(other, text) {
  const [a, b] = [[...other], [...text]];
  const shared = commonTo(a, b);
  const parts = [];
  for (const [at, char] of a.entries()) {
    const last = parts.at(-1);
    const shown = char === "\n" ? " ⏎ " : char;
    if (last && last.same === shared.has(at)) last.text += shown;
    else parts.push({ same: shared.has(at), text: shown });
  }
  return parts.map(({ same, text: part }) => (same ? part : element("mark", {}, part)));
}

/** Where ``a`` has the characters of its longest common subsequence with ``b``. */
function commonTo(a, b) {
  const table = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i][j] =
        a[i] === b[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    }
  }
  const shared = new Set();
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      shared.add(i);
      i++;
      j++;
    } else if (table[i + 1][j] >= table[i][j + 1]) i++;
    else j++;
  }
  return shared;
}
