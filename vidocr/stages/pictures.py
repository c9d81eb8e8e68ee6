"""Small pictures of lines, as proof of what was read there."""

from __future__ import annotations

import cv2

from vidocr.model import Luma

_MOST_PX = 64  # high, with the margins around a line: as well read as a larger one
_QUALITY = (cv2.IMWRITE_JPEG_QUALITY, 75, cv2.IMWRITE_JPEG_OPTIMIZE, 1)


def jpeg(luma: Luma) -> bytes:
    """The picture as a JPEG, made smaller where it is taller than a line needs."""
    height, width = luma.shape
    if height > _MOST_PX:
        size = max(1, round(width * _MOST_PX / height)), _MOST_PX
        luma = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]  # of the same type
    return cv2.imencode(".jpg", luma, _QUALITY)[1].tobytes()
