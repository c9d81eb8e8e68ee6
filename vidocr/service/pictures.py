"""Pictures that are sent, opened with care, and questions about them."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from PIL import Image as Pictures
from PIL import ImageOps

from vidocr.errors import UsageError
from vidocr.model import Image, Line
from vidocr.ocr.answers import clean, lines_of, spots_of
from vidocr.ocr.profiles import Profile, Task, prompt_for
from vidocr.service.desk import Desk
from vidocr.service.refusals import Refusal, invalid, too_large, unsupported

_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
_PLAIN = (Task.TEXT, Task.SUBTITLE, Task.SPOT, Task.SPOT_JSON)
_SPOTS = (Task.SPOT, Task.SPOT_JSON)


def opened(content: bytes, most_pixels: int) -> Image:
    """A picture as it is shown, RGB; its size is looked at before it is decoded.

    Raises:
        Refusal: 415, it is none; 413, it has more pixels.
    """
    with _read(content, most_pixels) as picture:
        return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"), np.uint8)


def pixels_of(content: bytes, most_pixels: int) -> int:
    """How many pixels a picture has, which is not decoded; raises as ``opened``."""
    with _read(content, most_pixels) as picture:
        return picture.width * picture.height


@contextmanager
def _read(content: bytes, most_pixels: int) -> Iterator[Pictures.Image]:
    """A picture that is open, and decoded in the block if at all."""
    try:
        with Pictures.open(io.BytesIO(content), formats=_FORMATS) as picture:
            if picture.width * picture.height > most_pixels:
                raise _too_many(most_pixels)
            yield picture
    except Refusal:
        raise
    except Pictures.DecompressionBombError:  # Pillow has a limit of its own
        raise _too_many(most_pixels) from None
    except Exception as error:  # what Pillow raises of a broken file is of many kinds
        raise unsupported(
            f"image: is no picture that can be read ({type(error).__name__}); send one of "
            f"{', '.join(_FORMATS)}"
        ) from error


def _too_many(most_pixels: int) -> Refusal:
    message = f"image: has more than {most_pixels / 1e6:g} million pixels; scale it down"
    return Refusal(413, "too_large", message)


def decoded(text: str, most_bytes: int) -> bytes:
    """The bytes of a picture in base64, or of a ``data:`` address.

    Raises:
        Refusal: 413, they are more; 422, it is no base64.
    """
    if text.startswith("data:"):
        text = text.partition(",")[2]
    if len(text) > most_bytes * 4 // 3 + 4:
        raise too_large("image", most_bytes)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid(f"image: is no base64 ({error}); send the bytes of a file so") from error


def tasks(profile: Profile | None) -> list[Task]:
    """What the engine can do with a picture."""
    return list(profile.prompts) if profile else list(_PLAIN)


def asked(
    desk: Desk,
    image: Image,
    *,
    task: Task = Task.TEXT,
    prompt: str = "",
    keys: Sequence[str] = (),
    language: str = "English",
) -> dict[str, Any]:
    """What the engine says of a picture.

    Args:
        desk: with the engine.
        image: RGB.
        task: what to do, unless there is a ``prompt``.
        prompt: a question of one's own.
        keys: names of the fields, for that task.
        language: into which is translated.

    Raises:
        Refusal: 422, the engine can't do that.
        EngineError: it failed, or is not there.
    """
    height, width = image.shape[:2]
    if desk.profile is None:
        if prompt or task not in _PLAIN:
            raise no_model()
        lines = desk.lines(image)
        confidence = min((line.confidence for line in lines), default=1.0)
        text, cut_off = "\n".join(line.text for line in lines), False
    else:
        answer = desk.answer(image, prompt or _words(desk.profile, task, keys, language))
        spots = not prompt and task in _SPOTS
        lines = spots_of(answer, width, height) if spots else lines_of(answer)
        text = "\n".join(line.text for line in lines) if spots else clean(answer.text)
        confidence, cut_off = answer.confidence, answer.cut_off
    return {
        "text": text,
        "lines": [_line(line) for line in lines],
        "confidence": round(confidence, 4),
        "cut_off": cut_off,
        "width": width,
        "height": height,
        "engine": desk.name,
        "task": None if prompt else task.value,
    }


def no_model() -> Refusal:
    """Nothing here takes prompts."""
    return Refusal(
        422,
        "no_model",
        "the engine here reads text and takes no prompts; the operator has to start vidocr serve "
        "with --engine hunyuan or server",
    )


def _words(profile: Profile, task: Task, keys: Sequence[str], language: str) -> str:
    try:
        return prompt_for(profile, task, keys=tuple(keys), language=language)
    except UsageError as error:
        raise Refusal(422, "no_model", str(error)) from error


def _line(line: Line) -> dict[str, Any]:
    box = [round(v, 1) for v in line.box] if line.box else None
    return {"text": line.text, "box": box, "confidence": round(line.confidence, 4)}
