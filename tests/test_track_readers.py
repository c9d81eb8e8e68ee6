"""Tracks read by programs and packages that know nothing of vidocr."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pysubs2
import pytest
import srt
import webvtt
from hypothesis import given

from tests.cue_lists import CLOCKS_US, HOSTILE, TOP, cue_lists
from vidocr import tracks
from vidocr.model import Box, Cue
from vidocr.tracks.rounding import writable


@given(cues=cue_lists())
def test_srt_is_read_by_the_srt_package(cues: list[Cue]) -> None:
    subtitles = list(srt.parse(tracks.render(cues, "srt")))

    assert [s.index for s in subtitles] == list(range(1, len(cues) + 1))
    assert [seen(s.content.removeprefix(r"{\an8}")) for s in subtitles] == [
        seen(cue.text) for cue in writable(cues)
    ]


def seen(text: str) -> str:
    """The text without what part of it is invisible and may have been put in between."""
    return text.replace("\u2060", "")


@pytest.mark.parametrize("format", ["srt", "vtt", "ass"])
@given(cues=cue_lists())
def test_files_are_read_by_pysubs2(format: str, cues: list[Cue]) -> None:
    if format == "vtt":  # times in a text are no times in WebVTT, but pysubs2 takes them for such
        cues = [cue for cue in cues if not re.search(r":\d\d\.\d", cue.text)]
    text = tracks.render(cues, format)
    keep = {} if format == "ass" else {"keep_html_tags": True}
    events = pysubs2.SSAFile.from_string(text, format_=format, **keep)

    written = writable(cues, CLOCKS_US[format])
    assert [(e.start * 1000, e.end * 1000) for e in events] == [
        (cue.start_us, cue.end_us) for cue in written
    ]
    for event, cue in zip(events, written, strict=True):
        # It takes a last line of digits for the number of the next cue, and braces for tags.
        if not cue.lines[-1].isdecimal() and not {"{", "}"} & set(cue.text):
            read = html.unescape(event.plaintext) if format == "vtt" else event.plaintext
            # Nor does it tell a line break from the letters that stand for one in its own format.
            expected = pysubs2.SSAEvent(text=cue.text).plaintext if format == "vtt" else cue.text
            assert seen(read).split() == seen(expected).split()


@given(cues=cue_lists())
def test_vtt_is_read_by_webvtt(cues: list[Cue]) -> None:
    captions = webvtt.from_string(tracks.render(cues, "vtt")).captions

    assert [_ms(caption.start) for caption in captions] == [
        cue.start_us // 1000 for cue in writable(cues)
    ]
    assert [_ms(caption.end) for caption in captions] == [
        cue.end_us // 1000 for cue in writable(cues)
    ]


def _ms(timestamp: str) -> int:
    hours, minutes, seconds = timestamp.split(":")
    return (int(hours) * 60 + int(minutes)) * 60_000 + int(seconds.replace(".", ""))


@pytest.mark.skipif(not shutil.which("ffprobe"), reason="ffmpeg is not installed")
@pytest.mark.parametrize("format", ["srt", "vtt", "ass"])
def test_files_are_read_by_ffprobe(tmp_path: Path, format: str) -> None:
    places = (TOP, Box(0.05, 0.8, 0.3, 0.9), Box(0.1, 0.85, 0.9, 0.95))
    cues = [
        Cue(n * 1_000_000, n * 1_000_000 + 900_000, ("a", line, "b"), places[n % 3])
        for n, line in enumerate(HOSTILE)
    ]
    path = tmp_path / f"track.{format}"
    path.write_text(tracks.render(cues, format), "utf-8")
    command = ["ffprobe", "-v", "warning", "-show_packets", "-show_streams", "-of", "json"]
    done = subprocess.run([*command, path], capture_output=True, check=True)

    read = json.loads(done.stdout)
    assert not done.stderr
    assert [stream["codec_type"] for stream in read["streams"]] == ["subtitle"]
    assert [
        (round(float(p["pts_time"]) * 1e6), round(float(p["duration_time"]) * 1e6))
        for p in read["packets"]
    ] == [(cue.start_us, 900_000) for cue in cues]
