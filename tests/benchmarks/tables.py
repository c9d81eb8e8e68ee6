"""The tables of the benchmark, in Markdown, and the same as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.clips import Case
from tests.benchmarks.judge import Verdict
from tests.benchmarks.tools import Found
from vidocr.scoring import Score

CLIP_HEADER = "| clip | axis | cues | found | F1 | CER | exact | starts | ends | s per film s |"
CLIP_RULE = "|---|---|" + 8 * "---:|"
AXIS_HEADER = "| axis | value | clips | cues | found | F1 | CER | exact | starts | ends |"
AXIS_RULE = "|---|---|" + 8 * "---:|"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a tool did on one clip."""

    case: Case
    verdict: Verdict
    found: Found
    film_s: float
    spent_s: float

    def row(self) -> str:
        """A row of the table of clips."""
        return _clip_row(self.case.name, self.case.axis, [self])

    def as_json(self) -> dict[str, Any]:
        """What is known of the outcome."""
        score = self.verdict.score
        return {
            "clip": self.case.name,
            "axis": self.case.axis,
            "value": self.case.value,
            **{name: getattr(score, name) for name in score.__slots__},
            "f1": score.f1,
            "cer": score.cer,
            "film_s": self.film_s,
            "spent_s": self.spent_s,
            "looks": self.found.looks,
            "reads": self.found.reads,
            "note": self.found.note,
            "wrong": list(self.verdict.wrong),
        }


def total(outcomes: Iterable[Outcome]) -> Score:
    """The scores of all, added up."""
    return sum((outcome.verdict.score for outcome in outcomes), Score())


def total_row(outcomes: Sequence[Outcome]) -> str:
    """The last row of the table of clips."""
    return _clip_row("**total**", "", outcomes)


def axis_rows(outcomes: Sequence[Outcome]) -> list[str]:
    """A row for each value of each axis, and one for each axis as a whole."""
    rows = []
    for axis in dict.fromkeys(o.case.axis for o in outcomes):
        of_axis = [o for o in outcomes if o.case.axis == axis]
        for value in dict.fromkeys(o.case.value for o in of_axis):
            rows.append(_axis_row(axis, value, [o for o in of_axis if o.case.value == value]))
        rows.append(_axis_row(axis, "**all**", of_axis))
    return rows


def _clip_row(name: str, axis: str, outcomes: Sequence[Outcome]) -> str:
    pace = sum(o.spent_s for o in outcomes) / max(1e-9, sum(o.film_s for o in outcomes))
    return f"| {name} | {axis} | {_figures(total(outcomes))} | {pace:.2f} |"


def _axis_row(axis: str, value: str, outcomes: Sequence[Outcome]) -> str:
    return f"| {axis} | {value} | {len(outcomes)} | {_figures(total(outcomes))} |"


def _figures(score: Score) -> str:
    return (
        f"{score.truth} | {score.found} | {score.f1:.3f} | {score.cer:.4f} "
        f"| {score.exact:.2f} | {score.starts_near:.2f} | {score.ends_near:.2f}"
    )
