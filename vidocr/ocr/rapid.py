"""RapidOCR: PP-OCR models on onnxruntime, which come in its wheel and need no network.

The models read Chinese, English, Japanese and some 45 languages in Latin script.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import cv2
import numpy as np

from vidocr.errors import DependencyError, EngineError
from vidocr.model import Box, Image, Line, Luma

_DETECT_SIDE_PX = 960  # the default grows a strip to 44 times the work
_DETECT_HEIGHTS_PX = (72, 128)  # a line and its margins: long, and short
_DETECT_AREA_PX = 45_000  # between the two: what detection may cost
_END_MARGIN = 0.2  # line heights at both ends: a full stop may stand outside of the box
_LEAST_HEIGHT_PX = 64
_PAD_PX = 8
_LEAST_SIDE_PX = 16


@cache
def _model(stage: str) -> Any:
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
    return RapidOCR(params=params)


def _run(stage: str, picture: Any) -> Any:
    try:
        return _model(stage)(picture)
    except DependencyError:
        raise
    except Exception as error:  # onnxruntime and OpenCV raise exceptions of many kinds
        raise EngineError(f"engine rapid failed: {error}; report this with the film") from error


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


class RapidDetector:
    """Text detection alone (PP-OCR's DBNet)."""

    def detect(self, luma: Luma) -> list[Box]:
        """Upright boxes of text in px of ``luma``.

        Raises:
            EngineError: the model failed on a picture.
        """
        return _boxes(cv2.cvtColor(luma, cv2.COLOR_GRAY2BGR))


class RapidEngine:
    """Detection and recognition of each picture."""

    name = "rapid"
    batch_size = 1

    def read(self, images: Sequence[Image]) -> Sequence[Sequence[Line]]:
        """Lines of each picture, top to bottom.

        Raises:
            EngineError: a model failed on a picture.
        """
        return [self._read(image) for image in images]

    def _read(self, image: Image) -> list[Line]:
        bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        pad = _PAD_PX if image.shape[0] < _LEAST_HEIGHT_PX else 0
        if pad:
            bgr = cv2.copyMakeBorder(bgr, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
        lines = [self._line(bgr, box) for box in self._places(bgr)]
        return [
            Line(line.text, line.box.moved(-pad, -pad), line.confidence)
            for line in sorted(lines, key=lambda line: line.box.y0)
            if line.text
        ]

    @staticmethod
    def _places(bgr: Any) -> list[Box]:
        height, width = bgr.shape[:2]
        least, most = _DETECT_HEIGHTS_PX
        affordable = math.sqrt(_DETECT_AREA_PX * height / width)
        zoom = min(most, max(least, affordable)) / height
        if zoom >= 1:
            return _boxes(bgr)
        small = cv2.resize(bgr, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
        return [box.scaled(1 / zoom) for box in _boxes(small)]

    @staticmethod
    def _line(bgr: Any, box: Box) -> Line:
        height, width = bgr.shape[:2]
        margin = _END_MARGIN * box.height
        x0, y0 = max(0, int(box.x0 - margin)), max(0, int(box.y0))
        x1, y1 = min(width, math.ceil(box.x1 + margin)), min(height, math.ceil(box.y1))
        found = _run("rec", bgr[y0:y1, x0:x1])
        if not found.txts:
            return Line("", box, 0.0)
        return Line(found.txts[0], box, float(found.scores[0]))
