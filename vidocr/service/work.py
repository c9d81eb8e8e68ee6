"""What children do with films."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import cv2

from vidocr.archive.shared import Door, SharedModel
from vidocr.errors import InputError
from vidocr.finishing import finishing
from vidocr.model import US_PER_S, Cue, Region, VideoInfo
from vidocr.ocr.choice import makers, wanted_of
from vidocr.options import Options
from vidocr.pipeline import extract, places_of
from vidocr.progress import ToldProgress
from vidocr.report import Report
from vidocr.service import cues
from vidocr.service.children import Tell
from vidocr.service.interpreter import SharedTranslator
from vidocr.service.results import FRAMES, PICTURES, REJECTS, REPORT
from vidocr.stages.video import probe, still
from vidocr.translation import Translator

_JPEG_QUALITY = 85


class Doors(NamedTuple):
    """Where the models are reached that all jobs share; None where a job has none translate."""

    reader: Door
    translator: Door | None


def look(path: Path, longest_s: float, most_pixels: int, tell: Tell) -> dict[str, Any]:
    """What the film is.

    Raises:
        InputError: it can't be read, is no film, longer than ``longest_s``, or has more pixels.
    """
    film = probe(path)
    if film.duration_us is not None and film.duration_us > longest_s * US_PER_S:
        raise InputError(
            f"{path}: lasts {film.duration_us / US_PER_S:.0f} s, and at most {longest_s:g} s are "
            "taken; cut it"
        )
    if film.width * film.height > most_pixels:
        raise InputError(
            f"{path}: is {film.width}x{film.height}, and at most {most_pixels / 1e6:.1f} million "
            "pixels are taken; scale it down"
        )
    return _film(film)


def frame(path: Path, time_us: int, side: int, tell: Tell) -> dict[str, Any]:
    """The frame that shows at a time, as JPEG in base64."""
    rgb = still(path, time_us, side=side)
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return {"jpeg": base64.b64encode(jpeg.tobytes()).decode()}


def regions(path: Path, options: Options, tell: Tell) -> dict[str, Any]:
    """Where subtitles stand in the film."""
    return {"regions": [_region(region) for region in places_of(path, options)]}


def read(
    path: Path, options: Options, longest_s: float, doors: Doors, part: Path, tell: Tell
) -> dict[str, Any]:
    """Read the film, and write all that comes of it into the folder ``part``.

    Args:
        path: of the film.
        options: of the pipeline.
        longest_s: of film; what comes later is not read.
        doors: to the models that all share.
        part: an empty folder.
        tell: told how far the work is.

    Returns:
        An empty answer: the outputs say it all.
    """
    longest_us = int(longest_s * US_PER_S)
    end_us = options.end_us
    if end_us is None or end_us > longest_us:  # where the container doesn't tell its length
        options = replace(options, end_us=max(longest_us, options.start_us + 1))
    options = replace(options, split_languages=False, bilingual="none")  # made of what is asked for
    engine, model = makers(wanted_of(options))
    with (
        _translator(doors.translator, options) as translator,
        finishing(options, tell_languages=True, translator=translator) as finish,
    ):
        found, report = extract(
            path,
            options,
            progress=ToldProgress(tell),
            engine=engine() if engine else None,
            model=SharedModel(doors.reader) if model else None,
            pictures=True,
        )
        finished = finish.finished(list(found), report.starts_us)
    if finished.error:
        raise finished.error
    _write(part, finished.main, report)
    return {}


@contextmanager
def _translator(door: Door | None, options: Options) -> Iterator[Translator | None]:
    """The model that translates for all; None where this job needs another translator or none."""
    if door is None:
        yield None
        return
    with closing(SharedTranslator(door, options.translate)) as translator:
        yield translator


def _write(part: Path, found: tuple[Cue, ...], report: Report) -> None:
    pictures = part / PICTURES
    pictures.mkdir()
    for number, cue in enumerate(found):
        for line, picture in enumerate(cue.proof.pictures):
            (pictures / f"{number}-{line}.jpg").write_bytes(picture)
    with (part / FRAMES).open("wb") as file:
        report.starts_us.tofile(file)
    _write_json(part / cues.CUES, [cues.told(cue) for cue in found])
    _write_json(part / REJECTS, _rejects(report))
    _write_json(part / REPORT, _figures(report))


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _rejects(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "reason": reject.reason,
            "start_us": reject.start_us,
            "end_us": reject.end_us,
            "text": reject.text,
            "box": reject.box,
        }
        for reject in report.rejects
    ]


def _figures(report: Report) -> dict[str, Any]:
    return {
        "cues": report.cues,
        "engine": report.engine,
        "engine_why": report.engine_why,
        "regions": [_region(region) for region in report.regions],
        "film_us": report.film_us,
        "frames": report.frames,
        "damaged_packets": report.damaged_packets,
        "corrupt_frames": report.corrupt_frames,
        "pts_gaps": report.pts_gaps,
        "ends_early": report.ends_early,
        "lines_read": report.lines_read,
        "rejected": report.rejected,
        "elapsed_s": {stage: round(s, 3) for stage, s in report.elapsed_s.items()},
    }


def _film(film: VideoInfo) -> dict[str, Any]:
    return {
        "width": film.width,
        "height": film.height,
        "duration_us": film.duration_us,
        "frame_rate": round(float(film.frame_rate), 4) if film.frame_rate else None,
        "subtitle_streams": [
            {"codec": each.codec, "language": each.language} for each in film.subtitle_streams
        ],
    }


def _region(region: Region) -> dict[str, Any]:
    return {
        "x": region.x,
        "y": region.y,
        "width": region.width,
        "height": region.height,
        "line_height": round(region.line_height, 2),
    }
