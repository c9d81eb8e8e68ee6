"""Which device decodes a film, and why none does.

FFmpeg names devices by how they are reached (cuda, vaapi, videotoolbox ...). Frames that one
has decoded are fetched into memory, so that what follows sees them as any others. What goes
wrong with a device is never the end of a film: software decodes it instead, and says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from vidocr.errors import UsageError

NONE, AUTO = "none", "auto"


class DeviceError(Exception):
    """A device did not decode what it was given: software has to."""


class Device(NamedTuple):
    """A kind of device, and the format of frames that it has decoded and that are still on it."""

    name: str
    pix_fmt: str


def check_device(wanted: str, known: Sequence[str]) -> None:
    """Raise UsageError unless ``wanted`` is none, auto or one of the devices ``known``."""
    if wanted not in (NONE, AUTO, *known):
        *others, last = (NONE, AUTO, *known)
        raise UsageError(
            f"hwaccel: takes {', '.join(others)} or {last}, which is what this build of FFmpeg "
            f"knows, not {wanted!r}; give one of these"
        )


def devices_for(wanted: str, configs: Iterable[Any]) -> list[Device]:
    """Devices by which a decoder could decode, in FFmpeg's order; those of ``wanted`` alone.

    Args:
        wanted: the name of a device, or ``auto`` for any, or ``none``.
        configs: the ``hardware_configs`` of an ``av.Codec``.
    """
    usable = [each for each in configs if each.is_supported and each.format is not None]
    found = [Device(each.device_type.name, each.format.name) for each in usable]
    return [device for device in found if wanted in (AUTO, device.name)]


def why_software(wanted: str, codec: str, failures: Sequence[str]) -> str:
    """Why no device decodes though one is wanted; empty where none is."""
    if wanted == NONE:
        return ""
    by = "by any device" if wanted == AUTO else f"by {wanted}"
    return "; ".join(failures) or f"FFmpeg's decoder {codec} can't decode {by}"
