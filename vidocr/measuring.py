"""The command that scores a track: ``vidocr score``."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
import cloup

from vidocr.console import explained, put
from vidocr.errors import OutputError, UsageError
from vidocr.messages import printable
from vidocr.output import output_file

if TYPE_CHECKING:
    from vidocr.scoring import Comparison, Frames

_EPILOG = """\
\b
Formats, by their endings: .srt, .vtt, .ass, .ssa and .json. JSON is a list of
cues, or an object that has them as "cues" and may have "fps" or "frame_times".
A cue has "text" or "lines", "start" and "end" in seconds (or "start_us" and
"end_us"), and may have "start_range" and "end_range": the lowest and the
highest time that is right, as for a fade.

\b
cues    A hit shares half of its time (IoU of 0.5) with the truth, and at most a
        quarter of its characters are wrong. Pairs are one to one, the best
        that can be had overall.
text    CER and WER: characters and words to edit, per one of the truth. Missed
        cues count as deletions, invented ones as insertions. Widths, kinds of
        quotes, dashes and ellipses, white space, and spaces beside Chinese and
        Japanese don't count. "exact" forgives white space alone.
times   Of hits; inside of a fade the error is 0. A frame may be 1 ms longer,
        since tracks hold ms.
faults  A duplicate says again what is there at that time, a split is a further
        part of a cue, a merge a cue that stands in another one's. What is
        nothing of these is missed or invented.
others  SubER: words and line breaks to edit or to shift. MSR: the error rate of
        the ICPR 2022 challenge, to which what overlaps nothing costs nothing.

\b
Exit codes: 0 done, 2 wrong options, 3 a file can't be read, 5 the page can't be
written.
"""


@cloup.command(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@cloup.argument("truth", type=click.Path(path_type=Path), help="The right cues.")
@cloup.argument("out", type=click.Path(path_type=Path), help="The cues to score.")
@cloup.option("--fps", metavar="RATE", help="Frames a second, as 25 or 24000/1001.  [TRUTH's]")
@cloup.option(
    "--flatten",
    is_flag=True,
    help="Cut both into intervals of constant text: for tools that write the whole screen.",
)
@cloup.option("--json", "as_json", is_flag=True, help="All figures and pairs as JSON.")
@cloup.option("--html", metavar="FILE", help="A page that shows every cue, the worst first.")
@cloup.option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
@cloup.option("-v", "--verbose", is_flag=True, help="A line for each cue that is wrong.")
def score(
    truth: Path,
    out: Path,
    fps: str | None,
    flatten: bool,
    as_json: bool,
    html: str | None,
    overwrite: bool,
    verbose: bool,
) -> int:
    """Score the track OUT against TRUTH: its cues, text and times."""

    def run() -> int:
        compared = _compared(truth, out, fps, flatten)
        if html is not None:
            _write_page(compared, Path(html), truth, out, overwrite)
        if as_json:
            from vidocr.scoring.report import as_json as told

            put(json.dumps(told(compared), ensure_ascii=False))
        else:
            _say(compared, verbose)
        return 0

    return explained(run, verbose)


def _compared(truth: Path, out: Path, fps: str | None, flatten: bool) -> Comparison:
    from vidocr.scoring import compare, flattened
    from vidocr.scoring.files import read

    frames = None if fps is None else _frames(fps)
    right, said = read(truth), read(out)
    frames = frames or right.frames
    if flatten:
        return compare(flattened(right.cues), flattened(said.cues), frames)
    return compare(right.cues, said.cues, frames)


def _frames(fps: str) -> Frames:
    from vidocr.scoring.files import frames_of, rate

    try:
        return frames_of(rate(fps))
    except ValueError as error:
        raise UsageError(f"--fps {error}") from error


def _say(compared: Comparison, verbose: bool) -> None:
    from vidocr.scoring.report import summary, wrong_lines

    for line in summary(compared.score):
        put(line)
    if verbose and (lines := list(wrong_lines(compared))):
        put()
        for line in lines:
            put(printable(line))


def _write_page(
    compared: Comparison, target: Path, truth: Path, out: Path, overwrite: bool
) -> None:
    from vidocr.scoring.page import page

    for track in (truth, out):
        with suppress(OSError):  # there is no such page yet
            if target.samefile(track):
                raise UsageError(f"{target}: is one of the tracks; give another file with --html")
    try:
        with output_file(target, overwrite=overwrite) as write:
            write(page(compared, printable(truth), printable(out)))
    except OutputError as error:  # its messages are of the main command's flag
        raise OutputError(str(error).replace("with -o", "with --html")) from error
