"""How well vidocr does on clips made to be hard.

``python -m tests.benchmarks.quality [--quick] [KIND ...]`` renders the clips, runs vidocr on
each and prints a Markdown table. It fails if the total falls below the bounds.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.scoring import Score, complaints, score
from tests.clips import Clip, render
from tests.kinds import FULL, QUICK
from vidocr import extract
from vidocr.model import US_PER_S

LEAST_F1 = 0.95
MOST_CER = 0.03
HEADER = "| clip | cues | found | F1 | CER | starts | ends | looks | reads | s per film s |"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One clip's score and cost."""

    score: Score
    film_s: float
    spent_s: float
    looks: int = 0
    reads: int = 0
    complaints: list[str] = field(default_factory=list)

    def row(self, name: str) -> str:
        """A row of the table."""
        s, pace = self.score, self.spent_s / self.film_s
        return (
            f"| {name} | {s.truth} | {s.found} | {s.f1:.3f} | {s.cer:.4f} | {s.starts_near:.2f} "
            f"| {s.ends_near:.2f} | {self.looks} | {self.reads} | {pace:.2f} |"
        )


def run(clip: Clip, folder: Path) -> Outcome:
    """Render the clip, extract its cues and score them."""
    path = folder / "clip.mp4"
    truth = render(clip, path)
    started = time.perf_counter()
    cues, report = extract(path)
    found = list(cues)
    spent = time.perf_counter() - started
    return Outcome(
        score(truth, found, frame_us=round(US_PER_S / clip.fps)),
        float(clip.frame_times()[-1]),
        spent,
        report.detect_calls,
        report.ocr_calls,
        complaints(truth, found),
    )


def measure(clips: Mapping[str, Clip]) -> dict[str, Outcome]:
    """Run every clip and print the table on the way."""
    print(HEADER, "|---" + "|---:" * 9 + "|", sep="\n")
    outcomes = {}
    with TemporaryDirectory() as folder:
        for name, clip in clips.items():
            outcomes[name] = run(clip, Path(folder))
            print(outcomes[name].row(name), flush=True)
    total = sum((o.score for o in outcomes.values()), Score())
    film_s, spent_s, looks, reads = (
        sum(getattr(o, name) for o in outcomes.values())
        for name in ("film_s", "spent_s", "looks", "reads")
    )
    print(Outcome(total, film_s, spent_s, looks, reads).row("**total**"))
    return outcomes


def failures(outcomes: Mapping[str, Outcome]) -> list[str]:
    """What falls below the bounds."""
    total = sum((o.score for o in outcomes.values()), Score())
    invented = [n for n, o in outcomes.items() if o.score.found and not o.score.truth]
    return [
        *([f"F1 {total.f1:.3f} is below {LEAST_F1}"] if total.f1 < LEAST_F1 else []),
        *([f"CER {total.cer:.4f} is above {MOST_CER}"] if total.cer > MOST_CER else []),
        *(f"cues on a clip without any: {name}" for name in invented),
    ]


def main() -> int:
    """Measure and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="only these kinds of clip")
    parser.add_argument("--quick", action="store_true", help="half of the kinds, under 3 minutes")
    args = parser.parse_args()
    clips = QUICK if args.quick else FULL
    outcomes = measure({k: clips[k] for k in args.kinds or clips})
    for name, outcome in outcomes.items():
        for complaint in outcome.complaints:
            print(f"{name}: {complaint}")
    failed = failures(outcomes)
    for failure in failed:
        print("FAILED:", failure)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
