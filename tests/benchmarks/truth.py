"""What a clip shows when, also as files that others can score their tools by."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.clips import Case
from tests.clips import read_times, render
from vidocr.model import US_PER_S, Cue
from vidocr.tracks import srt


@dataclass(frozen=True, slots=True)
class Truth:
    """A cue, and the times between which it fades in and out; no fade, no distance."""

    cue: Cue
    start_range_us: tuple[int, int]
    end_range_us: tuple[int, int]


def make(case: Case, path: Path) -> list[Truth]:
    """Render the clip to ``path`` and say what it shows.

    A fade reaches from the first frame that shows some of the text to the first that shows
    it whole, and from the first that shows it no longer whole to the first without it.

    Raises:
        FontMissing: a font is not installed.
        UnknownCodecError: the encoder is not built in.
    """
    cues = render(case.clip, path)
    times = read_times(path)
    return [
        Truth(
            cue,
            (times[text.start], times[text.start + text.fade_in]),
            (times[text.end - text.fade_out], times[text.end]),
        )
        for text, cue in zip(case.clip.texts, cues, strict=True)
    ]


def frame_us(case: Case) -> int:
    """How long a frame of the clip lasts, where the rate does not vary."""
    return round(US_PER_S / case.clip.fps)


def save(case: Case, truths: Sequence[Truth], path: Path) -> None:
    """Write the truth beside the clip, as JSON and as SRT."""
    path.with_suffix(".srt").write_text(srt.render(t.cue for t in truths), "utf-8")
    notes = {
        "video": path.name,
        "name": case.name,
        "axis": case.axis,
        "value": case.value,
        "lang": case.lang,
        "frame_us": frame_us(case),
        "cues": [
            {
                "start_us": truth.cue.start_us,
                "end_us": truth.cue.end_us,
                "start_range_us": truth.start_range_us,
                "end_range_us": truth.end_range_us,
                "text": truth.cue.text,
                "place": truth.cue.place,
            }
            for truth in truths
        ],
    }
    path.with_suffix(".json").write_text(json.dumps(notes, ensure_ascii=False, indent=1), "utf-8")
