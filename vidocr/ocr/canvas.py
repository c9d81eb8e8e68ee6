"""Pictures brought to the few sizes in which they go through a model together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from vidocr.model import Image


class Size(NamedTuple):
    """Height and width in px."""

    height: int
    width: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What a model takes: sides in multiples of ``factor`` px, ``least`` to ``most`` px in all."""

    factor: int
    least: int
    most: int


def line_size(shape: tuple[int, ...], height_px: int, limits: Limits) -> Size:
    """The canvas for the picture of a line, as wide as a whole number of its heights.

    The canvas is ``height_px`` high, and higher where the model's least number of pixels asks
    for it. It depends on nothing but the picture's own shape.

    Args:
        shape: of the picture, its height and width first.
        height_px: of the canvas, at least.
        limits: of the model.
    """
    aspect = max(1, math.ceil(shape[1] / shape[0]))
    least = math.ceil(math.sqrt(limits.least / aspect) / limits.factor) * limits.factor
    most = math.floor(math.sqrt(limits.most / aspect) / limits.factor) * limits.factor
    wanted = math.ceil(height_px / limits.factor) * limits.factor
    height = max(limits.factor, min(max(wanted, least), most))
    return Size(height, aspect * height)


def picture_size(shape: tuple[int, ...], limits: Limits) -> Size:
    """The size nearest to the picture's own within the limits, as the stock processors round."""
    height, width, factor = shape[0], shape[1], limits.factor
    rounded = [max(factor, round(side / factor) * factor) for side in (height, width)]
    area = rounded[0] * rounded[1]
    if area > limits.most:
        shrink = math.sqrt(height * width / limits.most)
        return Size(*(max(factor, int(v / shrink / factor) * factor) for v in (height, width)))
    if area < limits.least:
        zoom = math.sqrt(limits.least / (height * width))
        return Size(*(math.ceil(v * zoom / factor) * factor for v in (height, width)))
    return Size(*rounded)


def fitted(picture: Image, size: Size) -> Image:
    """The line scaled into the canvas, its edge repeated to the right and below."""
    zoom = min(size.height / picture.shape[0], size.width / picture.shape[1])
    height = max(1, min(size.height, round(picture.shape[0] * zoom)))
    width = max(1, min(size.width, round(picture.shape[1] * zoom)))
    scaled = stretched(picture, Size(height, width))
    below, right = size.height - height, size.width - width
    edge = cv2.copyMakeBorder(scaled, 0, below, 0, right, cv2.BORDER_REPLICATE)
    return np.asarray(edge, np.uint8)


def stretched(picture: Image, size: Size) -> Image:
    """The picture resized to fill ``size``."""
    shrinks = size.height < picture.shape[0]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (size.width, size.height), interpolation=how), np.uint8)
