"""RapidOCR with models of other scripts than those of its wheel.

They have to be in RapidOCR's own folder, or are downloaded into it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from vidocr.errors import DependencyError, EngineError
from vidocr.model import Box, Image, Line
from vidocr.ocr.rapid import around, lines_of
from vidocr.ocr.wheel import models_folder

_LINE_PX = 48


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


@cache
def _model(script: Script) -> Any:
    """RapidOCR with the model of a script, loaded once a process.

    One thread each: two double the CPU time. Calls from several threads are safe.
    """
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise DependencyError(
            f"engine rapid: {error}; reinstall vidocr (pip install --force-reinstall vidocr)"
        ) from error
    params = {
        "Global.use_det": False,
        "Global.use_cls": False,
        "Global.use_rec": True,
        "Global.log_level": "error",
        "Global.use_preprocess_img": False,
        "Global.use_vertical_padding": False,
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        # An arena: without it the many shapes of a film's lines fragment the heap.
        "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,
    }
    return RapidOCR(params=params | _params_of(script))


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


def _run(picture: Any, script: Script) -> Any:
    try:
        return _model(script)(picture)
    except DependencyError:
        raise
    except Exception as error:  # onnxruntime and OpenCV raise exceptions of many kinds
        raise EngineError(f"engine rapid failed: {error}; report this with the film") from error


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
        _run(np.zeros((_LINE_PX, _LINE_PX, 3), np.uint8), script)
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
        lines = lines_of(image, self._line_at)
        return _joined_leftward(lines) if self._script.right_to_left else lines

    def _line_at(self, bgr: Any, box: Box) -> Line:
        x0, y0, x1, y1 = around(bgr, box)
        found = _run(bgr[y0:y1, x0:x1], self._script)
        return (
            Line(found.txts[0], None, float(found.scores[0])) if found.txts else Line("", None, 0.0)
        )


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
