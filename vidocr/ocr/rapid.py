"""RapidOCR: PP-OCR models on onnxruntime, which come in its wheel and need no network.

The models read Chinese, English, Japanese and some 45 languages in Latin script. Models of
other scripts have to be in RapidOCR's own folder, or are downloaded into it.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vidocr.errors import DependencyError, EngineError
from vidocr.model import Box, Image, Line
from vidocr.ocr.ctc import Alphabet, confidence, decoded
from vidocr.ocr.unread import with_marks

_DETECT_SIDE_PX = 960  # the default grows a strip to 44 times the work
_DETECT_HEIGHTS_PX = (72, 128)  # a line and its margins: long, and short
_DETECT_AREA_PX = 45_000  # between the two: what detection may cost
_END_MARGIN = 0.2  # line heights at both ends: a full stop may stand outside of the box
_LEAST_HEIGHT_PX = 64
_LINE_PX = 48  # the height that the recogniser takes
_PAD_PX = 8
_LEAST_SIDE_PX = 16
_NOTHING = Line("", None, 0.0)


@dataclass(frozen=True, slots=True)
class Script:
    """RapidOCR's model of a script: PP-OCRv5 mobile, by its name in ``LangRec``."""

    model: str
    right_to_left: bool = False

    @property
    def file(self) -> Path:
        """Where RapidOCR keeps the model once it was downloaded."""
        return models_folder() / f"{self.model}_PP-OCRv5_rec_mobile.onnx"

    def lacks_package(self) -> bool:
        """Whether the package is missing that RapidOCR needs for text from right to left."""
        return self.right_to_left and importlib.util.find_spec("bidi") is None

    def at_hand(self) -> bool:
        """Whether the model can be used without a download."""
        return self.file.is_file() and not self.lacks_package()


def models_folder() -> Path:
    """RapidOCR's folder of models, in its package."""
    spec = importlib.util.find_spec("rapidocr")
    return Path(spec.origin if spec and spec.origin else ".").parent / "models"


@cache
def _model(stage: str, script: Script | None = None) -> Any:
    """RapidOCR with the model for ``det`` or ``rec`` alone, loaded once a process.

    One thread each: two double the CPU time. Calls from several threads are safe.
    """
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise DependencyError(
            f"engine rapid: {error}; reinstall vidocr (pip install --force-reinstall vidocr)"
        ) from error
    params = {
        "Global.use_det": stage == "det",
        "Global.use_cls": False,
        "Global.use_rec": stage == "rec",
        "Global.log_level": "error",
        "Global.use_preprocess_img": False,
        "Global.use_vertical_padding": False,
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        # An arena: without it the many shapes of a film's lines fragment the heap.
        "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,
        "Det.limit_type": "max",
        "Det.limit_side_len": _DETECT_SIDE_PX,
    }
    return RapidOCR(params=params | _params_of(script) if script else params)


def _params_of(script: Script) -> dict[str, Any]:
    from rapidocr import LangRec, ModelType, OCRVersion

    return {
        "Rec.lang_type": LangRec(script.model),
        "Rec.ocr_version": OCRVersion.PPOCRV5,
        "Rec.model_type": ModelType.MOBILE,
        # With a path RapidOCR never asks the network, not even for a file that is damaged.
        "Rec.model_path": str(script.file) if script.file.is_file() else None,
        "Global.log_level": "critical",  # a failed download is told by our error alone
    }


def _run(stage: str, picture: Any, script: Script | None = None) -> Any:
    try:
        return _model(stage, script)(picture)
    except DependencyError:
        raise
    except Exception as error:  # onnxruntime and OpenCV raise exceptions of many kinds
        raise _failure(error) from error


def _failure(error: Exception) -> EngineError:
    return EngineError(f"engine rapid failed: {error}; report this with the film")


def _boxes(bgr: Any) -> list[Box]:
    if min(bgr.shape[:2]) < _LEAST_SIDE_PX:
        return []  # the model takes multiples of 32 and would round it to nothing
    corners = _run("det", bgr).boxes
    if corners is None:
        return []
    return [
        Box(*points.min(axis=0).tolist(), *points.max(axis=0).tolist())
        for points in np.asarray(corners, np.float64)
    ]


def _load(script: Script, download: bool) -> None:
    """Load the model of a script, that its lack shows before a film was decoded."""
    if script.lacks_package():
        raise DependencyError(
            f"engine rapid: the model {script.model} needs the package python-bidi; "
            "pip install 'rapidocr[rtl]'"
        )
    was_here = script.file.is_file()
    if not (was_here or download):
        raise DependencyError(
            f"engine rapid: the model {script.model} is not on this machine; allow its download "
            f"(no --offline), or put {script.file.name} into {script.file.parent}"
        )
    try:
        _run("rec", np.zeros((_LEAST_HEIGHT_PX, _LEAST_HEIGHT_PX, 3), np.uint8), script)
    except EngineError as error:
        _model.cache_clear()  # it was told where the file is, or that there is none
        if was_here:
            raise DependencyError(
                f"engine rapid: {script.file} can't be loaded; delete it, and it is "
                f"downloaded anew ({error.__cause__})"
            ) from error
        script.file.unlink(missing_ok=True)  # RapidOCR leaves what it had when it broke off
        raise DependencyError(
            f"engine rapid: the model {script.model} can't be downloaded ({error.__cause__}); "
            f"put {script.file.name} into {script.file.parent}"
        ) from error


class RapidEngine:
    """PP-OCR's own model: reads lines where they are known to stand, or looks for them."""

    name = "rapid"
    batch_size = 1

    def read(self, images: Sequence[Image]) -> Sequence[Sequence[Line]]:
        """Lines of each picture, top to bottom.

        Raises:
            EngineError: a model failed on a picture.
        """
        return [_lines(image, _line_at) for image in images]

    def read_at(self, images: Sequence[Image], boxes: Sequence[Box]) -> Sequence[Line]:
        """The one line of each picture that stands in its box; without text where there is none.

        It reads more exactly than ``read``, and takes little more than half the time.

        Raises:
            EngineError: the model failed on a picture.
        """
        return [_line_at(_bgr(image), box) for image, box in zip(images, boxes, strict=True)]


class ScriptEngine:
    """RapidOCR's model of another script: detection and recognition of each picture.

    In a script that runs from right to left, the boxes of a row are one line, in the order in
    which they are read.
    """

    name = "rapid"
    batch_size = 1

    def __init__(self, script: Script, *, download: bool = False) -> None:
        """An engine for the model of a script, which is loaded at once.

        Args:
            script: what it reads.
            download: whether the model may be downloaded.

        Raises:
            DependencyError: the model is missing or broken.
        """
        self._script = script
        _load(script, download)

    def read(self, images: Sequence[Image]) -> Sequence[Sequence[Line]]:
        """Lines of each picture, top to bottom.

        Raises:
            EngineError: a model failed on a picture.
        """
        return [self._read(image) for image in images]

    def _read(self, image: Image) -> list[Line]:
        lines = _lines(image, self._line_at)
        return _joined_leftward(lines) if self._script.right_to_left else lines

    def _line_at(self, bgr: Any, box: Box) -> Line:
        x0, y0, x1, y1 = _cut(bgr, box)
        found = _run("rec", bgr[y0:y1, x0:x1], self._script)
        return Line(found.txts[0], None, float(found.scores[0])) if found.txts else _NOTHING


def _line_at(bgr: Any, box: Box) -> Line:
    """What PP-OCR's own model reads in the box, and the marks that it has no class for."""
    x0, y0, x1, y1 = _cut(bgr, box)
    probabilities = _probabilities(bgr[y0:y1, x0:x1])
    glyphs = decoded(probabilities, _alphabet_of(_recogniser()))
    luma = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    glyphs = with_marks(glyphs, len(probabilities), luma, box, Box(x0, y0, x1, y1))
    text = "".join(glyph.character for glyph in glyphs)
    return Line(text, None, confidence(glyphs))


def _probabilities(bgr: Any) -> Any:
    """Of each class in each column of a line, shape (columns, classes)."""
    height, width = bgr.shape[:2]
    size = max(_LEAST_SIDE_PX, math.ceil(width * _LINE_PX / height)), _LINE_PX
    way = cv2.INTER_AREA if height > _LINE_PX else cv2.INTER_LINEAR
    scaled = cv2.resize(bgr, size, interpolation=way).astype(np.float32).transpose(2, 0, 1)
    recogniser = _recogniser()
    try:
        return recogniser.session(scaled[np.newaxis] / 127.5 - 1)[0]
    except Exception as error:  # onnxruntime raises exceptions of many kinds
        raise _failure(error) from error


def _recogniser() -> Any:
    """PP-OCR's own recogniser: RapidOCR's answer keeps the likeliest characters alone."""
    model = _model("rec", None)
    if model.text_rec is None:  # it is loaded at the first call
        _run("rec", np.zeros((_LINE_PX, _LINE_PX, 3), np.uint8))
    return model.text_rec


@cache
def _alphabet_of(recogniser: Any) -> Alphabet:
    return Alphabet(tuple(recogniser.postprocess_op.character))


def _bgr(image: Image) -> Any:
    return cv2.cvtColor(image, cv2.COLOR_RGB2BGR)


def _lines(image: Image, line_at: Callable[[Any, Box], Line]) -> list[Line]:
    """The lines that detection finds, top to bottom."""
    bgr = _bgr(image)
    pad = _PAD_PX if image.shape[0] < _LEAST_HEIGHT_PX else 0
    if pad:
        bgr = cv2.copyMakeBorder(bgr, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    places = sorted(_places(bgr), key=lambda box: box.y0)
    lines = [line_at(bgr, box) for box in places]
    return [
        replace(line, box=box.moved(-pad, -pad))
        for box, line in zip(places, lines, strict=True)
        if line.text
    ]


def _places(bgr: Any) -> list[Box]:
    height, width = bgr.shape[:2]
    least, most = _DETECT_HEIGHTS_PX
    affordable = math.sqrt(_DETECT_AREA_PX * height / width)
    zoom = min(most, max(least, affordable)) / height
    if zoom >= 1:
        return _boxes(bgr)
    small = cv2.resize(bgr, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    return [box.scaled(1 / zoom) for box in _boxes(small)]


def _cut(bgr: Any, box: Box) -> tuple[int, int, int, int]:
    """Corners (x0, y0, x1, y1) of the box and a little beside it, within the picture."""
    height, width = bgr.shape[:2]
    margin = _END_MARGIN * box.height
    x0, y0 = max(0, int(box.x0 - margin)), max(0, int(box.y0))
    return x0, y0, min(width, math.ceil(box.x1 + margin)), min(height, math.ceil(box.y1))


def _joined_leftward(lines: Sequence[Line]) -> list[Line]:
    """The rows, each one line: what stands further to the right is read first."""
    rows: list[Line] = []
    for line in sorted(lines, key=lambda line: -_box_of(line).x1):
        for at, row in enumerate(rows):
            box, other = _box_of(row), _box_of(line)
            if box.overlap(other)[1] > 0.5 * min(box.height, other.height):
                sure = min(row.confidence, line.confidence)
                rows[at] = Line(f"{row.text} {line.text}", box.union(other), sure)
                break
        else:
            rows.append(line)
    return sorted(rows, key=lambda row: _box_of(row).y0)


def _box_of(line: Line) -> Box:
    assert line.box is not None
    return line.box
