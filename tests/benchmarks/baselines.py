"""Two simple ways to get at subtitles, to measure vidocr against.

Both read the lower third of the picture with the models that vidocr uses, drop what these are
not sure of, and join readings that resemble each other. They look for no place and follow no line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from rapidfuzz import fuzz
from skimage import metrics

from vidocr.model import US_PER_S, Cue, Image, Luma

SAMPLES_PER_S = 5
SAME_SSIM = 0.98  # a line that comes or goes takes a still picture to 0.93 to 0.96
SAME_TEXT = 80  # per cent of equal characters
MOST_GAP_US = 200_000
DETECT_SIDE_PX = 960
LOWER = 2 / 3
STRIP = 6  # a picture as many times as wide as high is all subtitles
LEAST_SURE = 0.75
LEAST_US = 80_000  # what stands for less is noise


def sampled(path: Path) -> list[Cue]:
    """Five pictures a second; one is read where SSIM says that it differs from the last."""
    readings, last, text = [], None, ""
    for start_us, end_us, picture in _pictures(path, US_PER_S // SAMPLES_PER_S):
        gray = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
        if last is None or _likeness(last, gray) < SAME_SSIM:
            text = _read(picture)
        last = gray
        readings.append((start_us, end_us, text))
    return _joined(readings)


def every_frame(path: Path) -> list[Cue]:
    """Every picture is read."""
    return _joined([(start, end, _read(picture)) for start, end, picture in _pictures(path, 0)])


def _likeness(one: Luma, other: Luma) -> float:
    return float(metrics.structural_similarity(one, other))  # type: ignore[no-untyped-call]  # no types


def _pictures(path: Path, every_us: int) -> Iterator[tuple[int, int, Image]]:
    """Start, end and lower third of the pictures, at least ``every_us`` apart."""
    with av.open(str(path)) as container:
        origin_us = container.start_time or 0
        last: tuple[int, Image] | None = None
        due_us = end_us = 0
        for frame in container.decode(video=0):
            assert frame.pts is not None and frame.time_base is not None
            start_us = round(frame.pts * frame.time_base * US_PER_S) - origin_us
            end_us = start_us + round((frame.duration or 0) * frame.time_base * US_PER_S)
            if start_us < due_us:
                continue
            if last:
                yield last[0], start_us, last[1]
            last = start_us, _lower(frame)
            due_us += every_us
        if last:
            yield last[0], end_us, last[1]


def _lower(frame: av.VideoFrame) -> Image:
    picture = np.rot90(frame.to_ndarray(format="rgb24"), frame.rotation // 90)
    height, width = picture.shape[:2]
    top = 0 if width > STRIP * height else int(LOWER * height)
    return np.ascontiguousarray(picture[top:], np.uint8)


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.use_cls": False,
            "Global.text_score": LEAST_SURE,
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.limit_type": "max",
            "Det.limit_side_len": DETECT_SIDE_PX,
        }
    )


def _read(picture: Image) -> str:
    """The lines of text in a picture, top to bottom."""
    answer = _engine()(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    return "\n".join(answer.txts or ())


def _joined(readings: list[tuple[int, int, str]]) -> list[Cue]:
    """Cues of readings that resemble their neighbours; the most frequent text is taken."""
    runs: list[list[tuple[int, int, str]]] = []
    for reading in readings:
        start_us, _, text = reading
        if not text:
            continue
        if runs:
            _, end_us, before = runs[-1][-1]
            if start_us - end_us <= MOST_GAP_US and fuzz.ratio(before, text) >= SAME_TEXT:
                runs[-1].append(reading)
                continue
        runs.append([reading])
    cues = [Cue(run[0][0], run[-1][1], tuple(_commonest(run).split("\n"))) for run in runs]
    return [cue for cue in cues if cue.end_us - cue.start_us > LEAST_US]


def _commonest(run: list[tuple[int, int, str]]) -> str:
    return Counter(text for _, _, text in run).most_common(1)[0][0]
