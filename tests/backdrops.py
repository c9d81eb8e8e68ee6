"""What stands behind the text of a test clip: small painters, the same on every run.

A ``Backdrop`` is told the picture's size and gives a ``Painter``; a painter gives the
picture of one frame (a new RGB array that the caller may draw on).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from vidocr.model import Image

Painter: TypeAlias = Callable[[int, float], Image]
"""(index of the frame, its time in seconds) -> its picture."""
Backdrop: TypeAlias = Callable[[int, int], Painter]
"""(width, height) -> painter."""
Colour: TypeAlias = tuple[int, int, int]
Plane: TypeAlias = NDArray[np.float32]

PALETTES: tuple[tuple[Colour, Colour, Colour], ...] = (
    ((24, 30, 44), (92, 98, 108), (205, 186, 150)),
    ((18, 40, 34), (74, 110, 70), (190, 200, 140)),
    ((48, 22, 30), (130, 74, 62), (226, 178, 130)),
    ((20, 28, 60), (70, 100, 150), (190, 214, 232)),
    ((40, 34, 28), (120, 104, 84), (232, 226, 214)),
)


def flat(colour: Colour = (70, 80, 96)) -> Backdrop:
    """One colour."""
    return lambda width, height: _still(np.full((height, width, 3), colour, np.uint8))


def gradient(top: Colour = (30, 40, 80), bottom: Colour = (190, 170, 140)) -> Backdrop:
    """One colour that turns into another from top to bottom."""

    def build(width: int, height: int) -> Painter:
        column = np.linspace(top, bottom, height, dtype=np.float32)[:, None]
        return _still(np.repeat(column, width, axis=1).astype(np.uint8))

    return build


def busy(seed: int = 1) -> Backdrop:
    """A still pattern of sharp patches in strong colours, some as fine as strokes of text."""

    def build(width: int, height: int) -> Painter:
        rng = np.random.default_rng(seed)
        unit = max(width, height)
        steps = [np.round(_noise(rng, width, height, unit // px) * 3) / 3 for px in (8, 14, 40)]
        picture = np.stack([0.5 * s + 0.5 * steps[2] for s in (steps[0], steps[1], steps[0])], 2)
        return _still((40 + 190 * picture).astype(np.uint8))

    return build


def strokes(seed: int = 1, per_megapixel: int = 3000) -> Backdrop:
    """A still tangle of short light and dark strokes, as thick and long as those of letters."""

    def build(width: int, height: int) -> Painter:
        rng = np.random.default_rng(seed)
        picture = np.full((height, width, 3), 110, np.uint8)
        for _ in range(width * height * per_megapixel // 1_000_000):
            start = rng.integers((0, 0), (width, height))
            end = start + rng.integers(-16, 17, 2)
            shade = [int(v) for v in rng.integers(30, 226, 3)]
            cv2.line(picture, start.tolist(), end.tolist(), shade, 3, cv2.LINE_AA)
        return _still(picture)

    return build


def footage(seed: int = 1, speed: float = 0.05) -> Backdrop:
    """Something like a film: a textured scene that drifts and zooms while shapes cross it.

    ``speed`` is that of the drift in picture heights a second.
    """

    def build(width: int, height: int) -> Painter:
        rng = np.random.default_rng(seed)
        scene = _scene(rng, width * 3 // 2, height * 3 // 2, PALETTES[seed % len(PALETTES)])
        heading = rng.uniform(0, 2 * np.pi)
        actors = [_actor(rng, width, height) for _ in range(5)]
        step = np.array([np.cos(heading), np.sin(heading)]) * speed * height

        def paint(_index: int, seconds: float) -> Image:
            zoom = 1 + 0.04 * np.sin(seconds * 0.7)
            x, y = np.array([width, height]) / 4 + step * _swing(seconds, 4.0)
            view = np.array([[zoom, 0, x], [0, zoom, y]])
            picture = np.empty((height, width, 3), np.uint8)
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            cv2.warpAffine(
                scene, view, (width, height), picture, flags, borderMode=cv2.BORDER_REFLECT
            )
            for actor in actors:
                actor(picture, seconds)
            return picture

        return paint

    return build


def landscape(seed: int = 1) -> Backdrop:
    """Hills in haze that pass by at different speeds, as seen from a train."""

    def build(width: int, height: int) -> Painter:
        rng = np.random.default_rng(seed)
        dark, middle, light = (np.array(c, np.float32) for c in PALETTES[seed % len(PALETTES)])
        clouds = _clouds(rng, 2 * width, height, (3, 7, 15, 40))[..., None]
        fall = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
        sky = (middle * (1 - fall) + light * fall) * (0.8 + 0.3 * clouds)
        sky = np.clip(sky, 0, 255).astype(np.uint8)
        depths = (0.25, 0.5, 0.75, 1.0)
        hills = [_hills(rng, 2 * width, height, d, light + (dark - light) * d) for d in depths]

        def paint(_index: int, seconds: float) -> Image:
            left = int(_swing(seconds * 0.008, 1.0) * width)
            picture: Image = sky[:, left : left + width].copy()
            for depth, (colour, cover) in zip(depths, hills, strict=True):
                left = int(_swing(seconds * 0.12 * depth**2, 1.0) * width)
                here = np.ascontiguousarray(cover[:, left : left + width])
                part = np.ascontiguousarray(colour[:, left : left + width])
                mixed = cv2.blendLinear(part, picture, here, 1 - here)
                picture = np.asarray(mixed, np.uint8)
            return picture

        return paint

    return build


def snow(count: int = 400, under: Backdrop | None = None, seed: int = 1) -> Backdrop:
    """White flakes that fall before a bright ground."""

    def build(width: int, height: int) -> Painter:
        ground = (under or gradient((96, 108, 130), (170, 178, 190)))(width, height)
        rng = np.random.default_rng(seed)
        flakes = rng.random((count, 4))

        def paint(index: int, seconds: float) -> Image:
            picture = ground(index, seconds)
            for x, y, pace, size in flakes:
                left = int((x + 0.02 * np.sin(seconds + 9 * y)) * width)
                top = int((y + seconds * (0.15 + 0.25 * pace)) % 1 * height)
                radius = max(1, int(height * (0.001 + 0.005 * size)))
                cv2.circle(picture, (left, top), radius, (255, 255, 255), -1, cv2.LINE_AA)
            return picture

        return paint

    return build


def cuts(every_s: float, scene: Callable[[int], Backdrop] = footage, seed: int = 1) -> Backdrop:
    """Another scene every ``every_s`` seconds."""

    def build(width: int, height: int) -> Painter:
        current = -1
        painter: Painter = lambda _index, _seconds: np.zeros((height, width, 3), np.uint8)  # noqa: E731  # typed by Painter

        def paint(index: int, seconds: float) -> Image:
            nonlocal current, painter
            if (number := int(seconds / every_s + 1e-6)) != current:
                current, painter = number, scene(seed + number)(width, height)
            return painter(index, seconds)

        return paint

    return build


def grain(under: Backdrop, sigma: float = 5.0, seed: int = 1) -> Backdrop:
    """Film grain over another backdrop."""

    def build(width: int, height: int) -> Painter:
        rng = np.random.default_rng(seed)
        shape = (height + 64, width + 64)
        fields = [rng.normal(0, sigma, shape).round().astype(np.int8) for _ in range(3)]
        lighter = [cv2.merge([np.maximum(f, 0).astype(np.uint8)] * 3) for f in fields]
        darker = [cv2.merge([np.maximum(-f, 0).astype(np.uint8)] * 3) for f in fields]
        ground = under(width, height)

        def paint(index: int, seconds: float) -> Image:
            y, x = np.random.default_rng(index).integers(0, 64, 2)
            part = np.s_[y : y + height, x : x + width]
            picture = cv2.add(ground(index, seconds), lighter[index % 3][part])
            return cv2.subtract(picture, darker[index % 3][part]).astype(np.uint8, copy=False)

        return paint

    return build


def letterbox(under: Backdrop, bar: float = 0.12) -> Backdrop:
    """Another backdrop between black bars, each ``bar`` heights of the picture tall."""

    def build(width: int, height: int) -> Painter:
        rows = round(bar * height)
        film = under(width, height - 2 * rows)
        edges = ((rows, rows), (0, 0), (0, 0))
        return lambda index, seconds: np.pad(film(index, seconds), edges)

    return build


def _still(picture: Image) -> Painter:
    return lambda _index, _seconds: picture.copy()


def _swing(phase: float, reach: float) -> float:
    """From 0 to ``reach`` and back, at one a second."""
    return reach - abs(phase % (2 * reach) - reach)


def _noise(rng: np.random.Generator, width: int, height: int, cells: int) -> Plane:
    """Smooth noise (0 to 1) with ``cells`` bumps along the longer side."""
    pitch = max(width, height) / max(1, cells)
    grid = rng.random((int(height / pitch) + 2, int(width / pitch) + 2), dtype=np.float32)
    plane = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(plane, 0, 1).astype(np.float32)


def _clouds(rng: np.random.Generator, width: int, height: int, scales: tuple[int, ...]) -> Plane:
    """Noise at several scales, coarse ones stronger, stretched over 0 to 1."""
    total = np.zeros((height, width), np.float32)
    for rank, cells in enumerate(scales):
        total += _noise(rng, width, height, cells) * np.float32(0.6**rank)
    low, high = float(total.min()), float(total.max())
    return np.asarray((total - low) / (high - low), np.float32)


def _scene(
    rng: np.random.Generator, width: int, height: int, palette: tuple[Colour, Colour, Colour]
) -> Image:
    tone = _clouds(rng, width, height, (4, 9, 20, 60, 180, 420))[..., None]
    dark, middle, light = (np.array(c, np.float32) for c in palette)
    picture = np.where(
        tone < 0.5, dark + (middle - dark) * 2 * tone, middle + (light - middle) * (2 * tone - 1)
    )
    scene = picture.astype(np.uint8)
    for _ in range(14):
        _house(rng, scene)
    return scene


def _house(rng: np.random.Generator, scene: Image) -> None:
    """A block with rows of windows: the hard edges that a film is full of."""
    height, width = scene.shape[:2]
    x, y = (int(v) for v in rng.uniform(-0.1, 1.0, 2) * (width, height))
    wide, tall = (int(v) for v in rng.uniform(0.08, 0.3, 2) * height)
    wall = scene[min(max(y, 0), height - 1), min(max(x, 0), width - 1)].astype(int)
    shade = [
        int(v) for v in np.clip(wall * rng.uniform(0.6, 1.3) + rng.uniform(-10, 10, 3), 0, 255)
    ]
    pane = [int(v) for v in np.clip(np.array(shade) * rng.uniform(0.5, 1.6), 0, 255)]
    cv2.rectangle(scene, (x, y), (x + wide, y + tall), shade, -1)
    pitch = int(height * rng.uniform(0.02, 0.05))
    for top in range(y + pitch // 2, y + tall - pitch, pitch):
        for left in range(x + pitch // 2, x + wide - pitch // 2, pitch):
            cv2.rectangle(scene, (left, top), (left + pitch // 2, top + pitch // 2), pane, -1)


def _actor(rng: np.random.Generator, width: int, height: int) -> Callable[[Image, float], None]:
    """A plain ellipse that crosses the picture again and again."""
    shade = [int(v) for v in rng.integers(20, 236, 3)]
    axes = [int(v) for v in rng.uniform(0.03, 0.16, 2) * height]
    x, y, phase = rng.random(3)
    pace = rng.uniform(-0.25, 0.25)

    def draw(picture: Image, seconds: float) -> None:
        left = int(((x + pace * seconds) % 1.4 - 0.2) * width)
        top = int((y + 0.05 * np.sin(2 * seconds + 6 * phase)) * height)
        turn = 40 * seconds * pace
        cv2.ellipse(picture, (left, top), axes, turn, 0, 360, shade, -1, cv2.LINE_AA)

    return draw


def _hills(
    rng: np.random.Generator, width: int, height: int, depth: float, colour: Plane
) -> tuple[Image, Plane]:
    """One chain of hills: its colours and how far each pixel is covered by it (0 to 1)."""
    across = np.linspace(0, 2 * np.pi, width, dtype=np.float32)
    ridge = np.full(width, 0.3 + 0.5 * depth, np.float32)
    for waves in (2, 5, 11, 23, 47):
        ridge += np.float32(0.12 / waves) * np.sin(waves * across + rng.uniform(0, 6.3))
    rows = np.arange(height, dtype=np.float32)[:, None]
    cover = np.clip(rows - ridge * height, 0, 1).astype(np.float32)
    ground = _clouds(rng, width, height, (10, 40, 120, 320))[..., None]
    picture = np.clip(colour * (0.75 + 0.5 * ground), 0, 255).astype(np.uint8)
    return picture, cover
