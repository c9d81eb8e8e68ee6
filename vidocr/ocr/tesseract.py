"""Tesseract: a program of the system, which reads the scripts that RapidOCR's wheel does not.

The program is run once a line, and no Python package stands between. It finds its own
language packs, its crash is an error and not ours, and several threads may read at once.
Loading the pack anew costs some 40 of 70 ms a line, which hides behind decoding. The wheels of
tesserocr would save that, but bring a libtesseract of their own, which does not know where the
system keeps its packs; pytesseract runs the same program, through files.

Tesseract wants black strokes on white, so the strokes are cut out of the picture first.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
from collections.abc import Sequence

import cv2
import numpy as np

from vidocr.errors import DependencyError, EngineError
from vidocr.model import Image, Line, Luma
from vidocr.ocr.ink import LINE_HEIGHT_PX, Ink, ink_of
from vidocr.ocr.languages import how_to_install
from vidocr.text import letters, tidy

_PROGRAM = "tesseract"
_TIMEOUT_S = 60
_SURE = 0.75  # 95 % of right readings of clean lines are above it, 95 % of wrong ones below
_FIELDS, _WORD = 12, "5"  # of a row of the table; the level of a row that is a word
_BIDI_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_AFTER_ARABIC = re.compile("(?<=[\u0620-\u065f\u066e-\u06d3])[,;?]")
_ARABIC = {",": "،", ";": "؛", "?": "؟"}


def why_not_tesseract(language_packs: Sequence[str] = ()) -> str:
    """What tesseract lacks to read with these packs, and the cure; empty where it can."""
    program = shutil.which(_PROGRAM)
    if program is None:
        return f"the program tesseract is not installed; {how_to_install(*language_packs)}"
    try:
        # The first line is a heading.
        installed = _run(program, "--list-langs").splitlines()[1:]
    except EngineError as error:
        return f"{error}; install it anew: {how_to_install(*language_packs)}"
    if missing := [pack for pack in language_packs if pack not in installed]:
        return f"no language pack {', '.join(missing)} is installed; {how_to_install(*missing)}"
    return ""


class TesseractEngine:
    """Reads pictures that show one line of text each, as the pipeline cuts them.

    A picture is taken to show the line in the middle, with 0.35 line heights above and below
    it. The letters may be brighter or darker than what is around them.
    """

    name = "tesseract"
    batch_size = 1

    def __init__(self, language_packs: Sequence[str]) -> None:
        """An engine that is ready to read: the program and the packs were tried.

        Args:
            language_packs: their names, as ``rus`` or ``chi_sim``, the main one first.

        Raises:
            DependencyError: the program or a pack is missing or broken.
        """
        self._packs = tuple(language_packs)
        if lacks := why_not_tesseract(self._packs):
            raise DependencyError(f"engine tesseract: {lacks}")
        self._program = shutil.which(_PROGRAM) or _PROGRAM
        try:
            self._recognised(np.full((LINE_HEIGHT_PX, LINE_HEIGHT_PX), 255, np.uint8))
        except EngineError as error:
            again = f"install it anew: {how_to_install(*self._packs)}"
            raise DependencyError(f"{error}; {again}") from error

    def read(self, images: Sequence[Image]) -> Sequence[Sequence[Line]]:
        """The line of each picture, in the order in which it is read aloud; none if it is empty.

        Raises:
            EngineError: tesseract failed on a picture.
        """
        return [self._read(image) for image in images]

    def _read(self, image: Image) -> list[Line]:
        luma = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
        ink = ink_of(luma)
        bright = self._line(ink)
        if ink and ink.clear and bright and bright.confidence >= _SURE:
            return [bright]
        # The letters may be dark, and the bright strokes their outline or chance.
        dark = self._line(ink_of(np.asarray(255 - luma, np.uint8)))
        better = max(bright, dark, key=_weight)
        return [better] if better else []

    def _line(self, ink: Ink | None) -> Line | None:
        if ink is None:
            return None
        text, confidence = self._recognised(ink.picture)
        return Line(text, ink.box, confidence) if text else None

    def _recognised(self, picture: Luma) -> tuple[str, float]:
        height, width = picture.shape
        answer = _run(
            self._program,
            *("stdin", "stdout", "-l", "+".join(self._packs), "--oem", "1", "--dpi", "200"),
            # A raw line: the search for lines takes clean Arabic for noise now and then.
            *("--psm", "13", "-c", "tessedit_create_txt=1", "-c", "tessedit_create_tsv=1"),
            given=b"P5 %d %d 255\n" % (width, height) + picture.tobytes(),
        )
        return _parsed(answer)


def _weight(line: Line | None) -> float:
    """Confidence, and more of it for more letters: a few are read out of anything."""
    return line.confidence * math.sqrt(len(letters(line.text))) if line else 0.0


def _run(program: str, *arguments: str, given: bytes = b"") -> str:
    try:
        done = subprocess.run(
            (program, *arguments),
            input=given,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},  # the decoder has the other cores
            start_new_session=True,  # Ctrl-C is ours to answer: it would look like a crash
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError(f"engine tesseract failed: {error}") from error
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip().splitlines()
        why = told[-1] if told else f"exit status {done.returncode}"
        raise EngineError(f"engine tesseract failed: {why}")
    return done.stdout.decode(errors="replace")


def _parsed(answer: str) -> tuple[str, float]:
    """Text and confidence (0 to 1) out of plain text and a table of words.

    The table's words alone would not do: it parts some where no space is.
    """
    words, plain = [], []
    for row in answer.splitlines():
        fields = row.split("\t")
        if len(fields) != _FIELDS:
            plain.append(row)
        elif fields[0] == _WORD:
            words.append((float(fields[10]), len(fields[11])))
    text = tidy(_BIDI_MARKS.sub("", " ".join(plain)))
    text = _AFTER_ARABIC.sub(lambda mark: _ARABIC[mark[0]], text)
    length = sum(count for _, count in words)
    if not text or not length:
        return "", 0.0
    return text, sum(sure * count for sure, count in words) / length / 100
