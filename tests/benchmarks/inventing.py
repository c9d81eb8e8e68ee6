"""What a model that invents text for every picture gets into the tracks of the hard clips.

``python -m tests.benchmarks.inventing [KIND ...]`` makes RapidOCR unsure of every line, asks
one such model after the other about them, and prints a Markdown table. It fails if a cue holds
text that is not on the film.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.clips import render
from tests.kinds import FULL
from tests.test_inventing import INVENTIONS
from vidocr import extract
from vidocr.model import US_PER_S, Box, Image, Line
from vidocr.ocr.fake import FakeEngine
from vidocr.ocr.rapid import RapidEngine
from vidocr.scoring import Score, score

HEADER = "| the model says | cues | found | invented | F1 | CER | asked | second looks |"


class UnsureEngine(RapidEngine):
    """RapidOCR that lets the model have a word on every line."""

    def read_at(self, images: Sequence[Image], boxes: Sequence[Box]) -> list[Line]:
        """What RapidOCR reads, with three quarters of its confidence."""
        lines = super().read_at(images, boxes)
        return [replace(line, confidence=0.75 * line.confidence) for line in lines]


def main() -> int:
    """Measure and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="only these kinds of clip")
    kinds = parser.parse_args().kinds or list(FULL)
    print(HEADER, "|---" + "|---:" * 7 + "|", sep="\n")
    invented = 0
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        truths = {}
        for kind in kinds:
            truths[kind] = render(FULL[kind], path.with_stem(kind))
        for name, answer in INVENTIONS.items():
            total, asked, looks = Score(), 0, 0
            for kind in kinds:
                cues, report = extract(
                    path.with_stem(kind), engine=UnsureEngine(), model=FakeEngine(answer)
                )
                frame_us = round(US_PER_S / FULL[kind].fps)
                total += score(truths[kind], list(cues), frame_us=frame_us)
                asked, looks = asked + report.model_calls, looks + report.second_looks
            extra = total.found - total.hits
            invented += extra
            print(
                f"| {name} | {total.truth} | {total.found} | {extra} | {total.f1:.3f} "
                f"| {total.cer:.4f} | {asked} | {looks} |",
                flush=True,
            )
    return 1 if invented else 0


if __name__ == "__main__":
    sys.exit(main())
