"""How well a tool gets burned-in subtitles out of clips made to be hard.

``python -m tests.benchmarks.run`` renders the clips, runs vidocr on each, and prints a table
by clip, one by what the clips are hard by, and what is wrong. ``--cmd`` runs any other tool:

    python -m tests.benchmarks.run --quick --cmd 'other-tool {video} {out}'
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from av.codec.codec import UnknownCodecError

from tests.benchmarks import tables, truth
from tests.benchmarks.clips import AXES, CASES, QUICK, Case
from tests.benchmarks.judge import judge
from tests.benchmarks.tables import Outcome
from tests.benchmarks.tools import BASELINES, Lacking, Tool, command, vidocr
from tests.clips import FontMissing

LEAST_F1 = 0.99  # of vidocr on the quick clips; it was measured at 1.000
MOST_CER = 0.01  # 0.000


def measure(case: Case, tool: Tool, folder: Path, *, keep: bool = False) -> Outcome:
    """Render the clip, run the tool on it and judge what it found.

    Raises:
        FontMissing, UnknownCodecError: the clip can't be made on this machine.
        Lacking: the tool lacks something for this clip.
    """
    path = folder / case.file_name
    truths = truth.make(case, path)
    if keep:
        truth.save(case, truths, path)
    started = time.perf_counter()
    found = tool(path, case)
    spent = time.perf_counter() - started
    if not keep:
        path.unlink()
    verdict = judge(truths, found.cues, truth.frame_us(case))
    return Outcome(case, verdict, found, float(case.clip.frame_times()[-1]), spent)


def measure_all(cases: Sequence[Case], tool: Tool, folder: Path, *, keep: bool) -> list[Outcome]:
    """Measure clip by clip, and print the tables."""
    print(tables.CLIP_HEADER, tables.CLIP_RULE, sep="\n")
    outcomes, skipped = [], []
    for case in cases:
        try:
            outcomes.append(measure(case, tool, folder, keep=keep))
        except (FontMissing, UnknownCodecError, Lacking) as error:
            skipped.append(f"skipped: {case.name} ({case.axis}): {error}")
        else:
            print(outcomes[-1].row(), flush=True)
    print(tables.total_row(outcomes), "", tables.AXIS_HEADER, tables.AXIS_RULE, sep="\n")
    print(*tables.axis_rows(outcomes), "", sep="\n")
    for outcome in outcomes:
        for line in (outcome.found.note, *outcome.verdict.wrong):
            if line:
                print(f"{outcome.case.name} ({outcome.case.axis}): {line}")
    for line in skipped:
        print(line)
    return outcomes


def failures(outcomes: Sequence[Outcome]) -> list[str]:
    """Where vidocr falls below the bounds on the quick clips."""
    score = tables.total(outcomes)
    invented = [o for o in outcomes if o.verdict.score.found and not o.case.clip.texts]
    return [
        *([f"F1 {score.f1:.3f} is below {LEAST_F1}"] if score.f1 < LEAST_F1 else []),
        *([f"CER {score.cer:.4f} is above {MOST_CER}"] if score.cer > MOST_CER else []),
        *(f"cues on a clip without any: {outcome.case.name}" for outcome in invented),
    ]


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--axis", nargs="+", choices=AXES, default=AXES, help="only these axes")
    parser.add_argument("--clip", action="append", metavar="NAME", help="only this clip; again")
    parser.add_argument("--quick", action="store_true", help="a fifth of the clips")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave clips and truth there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too")
    tool = parser.add_mutually_exclusive_group()
    tool.add_argument("--cmd", help="another tool, with {video}, {out} and, if need be, {lang}")
    tool.add_argument("--baseline", choices=tuple(BASELINES), help="a simple way instead")
    return parser


def _chosen(args: argparse.Namespace) -> list[Case]:
    return [
        case
        for case in CASES
        if case.axis in args.axis
        and (case.name in QUICK or not args.quick)
        and (not args.clip or case.name in args.clip)
    ]


def main() -> int:
    """Measure, and hold vidocr to the bounds on the quick clips."""
    os.environ.setdefault("SVT_LOG", "1")  # the AV1 encoder's: errors alone
    parser = arguments()
    args = parser.parse_args()
    if not (cases := _chosen(args)):
        parser.error("there is no such clip; tests/benchmarks/clips holds them")
    tool = command(args.cmd) if args.cmd else BASELINES.get(args.baseline, vidocr)
    with TemporaryDirectory() as passing:
        folder = args.keep or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        outcomes = measure_all(cases, tool, folder, keep=bool(args.keep))
    if args.json:
        figures = [outcome.as_json() for outcome in outcomes]
        args.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1), "utf-8")
    failed = failures(outcomes) if tool is vidocr and args.quick else []
    for failure in failed:
        print("FAILED:", failure)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
