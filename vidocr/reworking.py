"""The command that works on a track that is there already: ``vidocr translate``."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
import cloup
from cloup.constraints import mutually_exclusive

from vidocr import tracks
from vidocr.config import resolve
from vidocr.console import explained, logging_to_stderr, say
from vidocr.errors import UsageError
from vidocr.flags import flags_of, given, in_use
from vidocr.messages import count, printable
from vidocr.options import OUT, TRANSLATION, Options
from vidocr.targets import Target, Tracks, beside, targets_of

if TYPE_CHECKING:
    from vidocr.model import Cue

_LANGUAGE = re.compile(r"\.([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.(?=\w+$)")
"""The language in a name as ``subs.zh-Hant.srt``, with the dots around it."""

_EPILOG = """\
\b
  vidocr translate subs.srt --to en --translator-url http://localhost:11434/v1
  vidocr translate subs.zh.json --to en --bilingual below -o both.ass

\b
The same cues come out, at the same times: each is translated, or keeps its text
and is told of. What was translated before is taken from a memory, so a run that
was cut off goes on where it was.

\b
Exit codes: 0 done, 2 wrong options, 3 the track can't be read, 4 a package,
model or server is missing, 5 a track can't be written, 7 the translation
stopped, 130 interrupted.
"""


@cloup.command(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@cloup.argument(
    "track", type=click.Path(path_type=Path), help="Subtitles as SRT, WebVTT, ASS or JSON."
)
@cloup.option_group(
    "Output",
    cloup.option("--to", metavar="LANG", required=True, help="The language, as in en or zh-Hant."),
    cloup.option(
        "-o",
        "--output",
        "outputs",
        multiple=True,
        metavar="FILE",
        help="Where it goes; - for standard output; may be repeated.  [subs.LANG.srt]",
    ),
    cloup.option(
        "--format",
        "formats",
        type=click.Choice(tracks.formats()),
        multiple=True,
        help="Format of the track.  [by the ending]",
    ),
    cloup.option("--overwrite", is_flag=True, help="Replace FILE if it exists."),
)
@flags_of(
    OUT, TRANSLATION, but=("translate", "split_languages"), also=("device", "dtype", "offline")
)
@cloup.option_group(
    "Messages",
    cloup.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
    cloup.option("-v", "--verbose", is_flag=True, help="Say more."),
    constraint=mutually_exclusive,
)
@cloup.option("--config", metavar="NAME|FILE", help="A preset or a TOML file.")
def translate(
    track: Path,
    to: str,
    outputs: tuple[str, ...],
    formats: tuple[str, ...],
    overwrite: bool,
    quiet: bool,
    verbose: bool,
    config: str | None,
    **flags: object,
) -> int:
    """Translate the subtitles of TRACK into another language."""

    def run() -> int:
        from vidocr.translation.languages import checked

        wanted = {**given(flags), "translate": checked(to, "--to")}
        options = resolve(wanted, config=config)
        if options.translator == "hunyuan-image":
            raise UsageError("--translator hunyuan-image: looks at pictures, and a track has none")
        in_use(options, flags)
        targets = _targets(track, to, outputs, formats)
        with logging_to_stderr(verbose=verbose, quiet=quiet):
            told = _translate(track, targets, options, overwrite=overwrite)
        for line in () if quiet else told:
            say(line)
        return 0

    return explained(run, verbose)


def _targets(
    track: Path, to: str, outputs: tuple[str, ...], formats: tuple[str, ...]
) -> tuple[Target, ...]:
    own = track.suffix.lower().removeprefix(".")
    place = beside(track.with_name(_without_language(track.name)), to)
    if not outputs and not formats and own in tracks.formats():
        targets: tuple[Target, ...] = (Target(place, own),)
    else:
        targets = targets_of(place, outputs, formats)
    if not outputs and any(target.path == track for target in targets):
        raise UsageError(f"{track}: is the track itself, by its name; give another file with -o")
    return targets


def _without_language(name: str) -> str:
    """``subs.srt`` of ``subs.zh.srt``; other parts of a name stay."""
    from vidocr.translation.languages import is_code

    found = _LANGUAGE.search(name)
    return _LANGUAGE.sub(".", name) if found and is_code(found[1]) else name


def _as_said(cue: Cue, target: str) -> Cue:
    """The cue, one in JSON that was translated into another language before with what was said."""
    from vidocr.translation.languages import same

    if cue.source is None or same(cue.language, target):
        return cue
    return replace(cue, lines=cue.source.lines, language=cue.source.language, source=None)


def _translate(
    track: Path, targets: tuple[Target, ...], options: Options, *, overwrite: bool
) -> list[str]:
    """Do it; returns what to say of it."""
    from vidocr.finishing import finishing
    from vidocr.tracks.files import read_track

    cues = [_as_said(cue, options.translate) for cue in read_track(track)]
    with (
        Tracks(targets, sys.stdout.buffer, overwrite=overwrite) as places,
        finishing(options) as finish,
    ):
        finished = finish.finished(cues)
        if finished.error:
            raise finished.error
        main = finished.products[0]
        about = tracks.About(language=main.language)
        written = places.write("", partial(tracks.render, main.cues, about=about))
    told = [f"{count(len(main.cues), 'cue')} -> {', '.join(map(printable, written))}"]
    return told + list(finished.translation.told() if finished.translation else ())
