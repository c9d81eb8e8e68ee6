"""The score as one HTML page that needs nothing else: every cue, the worst first."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from vidocr.scoring.report import Row, facts, lateness, percent, rows, times
from vidocr.scoring.score import Comparison
from vidocr.scoring.text import differences

_STYLE = """\
:root { color-scheme: light dark; --ground: #fff; --ink: #1c1e21; --quiet: #62676e;
  --edge: #d9dce0; --gone: #ffd7d5; --come: #c9f0d3; --wrong: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #16181b; --ink: #e4e6e9; --quiet: #9aa0a8; --edge: #34383d;
    --gone: #6b2422; --come: #1f5230; --wrong: #ff9c94; } }
* { box-sizing: border-box; }
body { background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
  margin: 0 auto; max-width: 60rem; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.25rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
dl { display: grid; grid-template-columns: minmax(4rem, max-content) 1fr; gap: .25rem 1rem; }
dt, small { color: var(--quiet); } dd { margin: 0; }
dd span { display: inline-block; margin-right: 1rem; }
small b { color: var(--wrong); }
ol { list-style: none; margin: 0; padding: 0; }
li { border-top: 1px solid var(--edge); padding: .5rem 0; }
p { margin: .15rem 0; padding-left: 3.5rem; white-space: pre-wrap; }
p::before { color: var(--quiet); content: attr(data-side); display: inline-block;
  font-size: .8rem; margin-left: -3.5rem; width: 3.5rem; }
del { background: var(--gone); } ins { background: var(--come); }
del, ins { border-radius: 2px; }
"""


def page(compared: Comparison, truth: str, found: str) -> str:
    """The page.

    Args:
        compared: What to show.
        truth: Name of the file with the truth.
        found: Name of the file that was scored.
    """
    told = sorted(rows(compared), key=lambda row: (*(-bad for bad in row.badness), row.start_us))
    wrong = [row for row in told if row.wrong]
    right = [row for row in told if not row.wrong]
    title = f"{escape(found)} against {escape(truth)}"
    figures = "\n".join(
        f"<dt>{escape(name)}</dt><dd>{_spans(parts)}</dd>" for name, parts in facts(compared.score)
    )
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{_STYLE}</style>
</head>
<body>
<h1>{title}</h1>
<dl>
{figures}
</dl>
{_section(f"Wrong: {len(wrong)}, the worst first", wrong)}\
{_section(f"Right: {len(right)}", right)}\
</body>
</html>
"""


def _section(title: str, entries: list[Row]) -> str:
    if not entries:
        return ""
    return f"<h2>{escape(title)}</h2>\n<ol>\n{''.join(map(_item, entries))}</ol>\n"


def _spans(parts: list[str]) -> str:
    return " ".join(f"<span>{escape(part)}</span>" for part in parts)


def _item(row: Row) -> str:
    notes = [f"<b>{escape(', '.join(row.wrong))}</b>"] if row.wrong else []
    notes += [escape(note) for note in (times(row), *_measures(row)) if note]
    lines = "".join(f'<p data-side="{side}"><bdi>{text}</bdi></p>\n' for side, text in _texts(row))
    return f"<li>\n<small>{' · '.join(notes)}</small>\n{lines}</li>\n"


def _measures(row: Row) -> Iterator[str]:
    if row.pair is None:
        return
    if row.pair.edits:
        yield f"CER {percent(row.pair.cer)}"
    if not row.pair.is_hit:
        yield f"no hit, IoU {row.pair.iou:.2f}"
    for name, slip in (("start", row.pair.start), ("end", row.pair.end)):
        if slip.us:
            yield f"{name} {lateness(slip)}"


def _texts(row: Row) -> Iterator[tuple[str, str]]:
    """Each side with its name, the differences marked; one side where both are equal."""
    truth = row.truth.text.strict if row.truth else ""
    found = row.found.text.strict if row.found else ""
    if truth == found:
        yield "both", escape(truth)
        return
    pieces = differences(truth, found)
    if row.truth:
        yield "truth", "".join(_marked(right, said, "del") for right, said in pieces)
    if row.found:
        yield "found", "".join(_marked(said, right, "ins") for right, said in pieces)


def _marked(text: str, other: str, tag: str) -> str:
    return escape(text) if text == other or not text else f"<{tag}>{escape(text)}</{tag}>"
