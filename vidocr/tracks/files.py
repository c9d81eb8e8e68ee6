"""Tracks as files: read whole, their format known by their ending."""

from __future__ import annotations

import codecs
from pathlib import Path

from vidocr.errors import InputError
from vidocr.model import Cue
from vidocr.tracks import parse, readable_formats


def read_track(path: Path) -> list[Cue]:
    """The cues of a track file, in order of time.

    Raises:
        InputError: it can't be read, its ending names no format, or it is not what that says.
    """
    format = path.suffix.lower().removeprefix(".")
    if format not in readable_formats():
        endings = ", ".join(f".{known}" for known in readable_formats())
        raise InputError(f"{path}: the ending names no format that can be read; give {endings}")
    try:
        cues = parse(read_text(path), format)
    except ValueError as error:
        raise InputError(f"{path}: {error}") from error
    return sorted(cues, key=lambda cue: (cue.start_us, cue.place.y0))


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, or in UTF-16 if it begins with its mark.

    Raises:
        InputError: it can't be read, or is in another encoding.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file; check the path") from None
    except OSError as error:
        raise InputError(f"{path}: can't be read: {error.strerror}; check the file") from error
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not in UTF-8; save it in that encoding") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
