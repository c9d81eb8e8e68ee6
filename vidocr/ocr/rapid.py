"""RapidOCR: PP-OCR models on onnxruntime, which come in its wheel and need no network.

The models read Chinese, English, Japanese and some 45 languages in Latin script.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import cv2
import numpy as np

from vidocr.errors import DependencyError, EngineError
from vidocr.model import Box, Image, Line, Luma

_DETECT_SIDE_PX = 960  # the default grows a strip to 44 times the work
_LEAST_HEIGHT_PX = 64
_PAD_PX = 8


@cache
def _models() -> Any:
    """The detection and recognition models, loaded once a process; safe to share by threads."""
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise DependencyError(
            f"engine rapid: {error}; reinstall vidocr (pip install --force-reinstall vidocr)"
        ) from error
    params = {
        "Global.use_cls": False,
        "Global.log_level": "error",
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        "Det.limit_type": "max",
        "Det.limit_side_len": _DETECT_SIDE_PX,
    }
    return RapidOCR(params=params)


def _corners(points: Any) -> Box:
    array = np.asarray(points, np.float64)
    return Box(*array.min(axis=0).tolist(), *array.max(axis=0).tolist())


class RapidDetector:
    """Text detection alone (PP-OCR's DBNet)."""

    def detect(self, luma: Luma) -> list[Box]:
        """Upright boxes of text in px of ``luma``."""
        from rapidocr.ch_ppocr_det.utils import ResizeImgError

        models = _models()
        models._load_det_model()
        try:
            found = models.text_det(cv2.cvtColor(luma, cv2.COLOR_GRAY2BGR))
        except ResizeImgError:
            return []
        return [] if found.boxes is None else [_corners(points) for points in found.boxes]


class RapidEngine:
    """Detection and recognition of each picture."""

    name = "rapid"
    batch_size = 1

    def read(self, images: Sequence[Image]) -> Sequence[Sequence[Line]]:
        """Lines of each picture, top to bottom.

        Raises:
            EngineError: the models failed on a picture.
        """
        return [self._read(image) for image in images]

    def _read(self, image: Image) -> list[Line]:
        pad = _PAD_PX if image.shape[0] < _LEAST_HEIGHT_PX else 0
        bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        if pad:
            bgr = cv2.copyMakeBorder(bgr, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
        try:
            found = _models()(bgr, use_cls=False)
        except Exception as error:  # onnxruntime raises bare exceptions of many kinds
            raise EngineError(f"engine rapid failed: {error}; report this with the film") from error
        if found.boxes is None:
            return []
        lines = [
            Line(text, _corners(points).moved(-pad, -pad), float(score))
            for points, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
        ]
        return sorted(lines, key=lambda line: line.box.y0)
