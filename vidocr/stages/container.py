"""Opening media from strangers.

A file is opened with the protocols and demuxers that a local film needs and no others, so a
playlist, even one renamed to .mp4, is refused before anything that it points to is opened.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import av
from av.codec.hwaccel import HWAccel, hwdevices_available
from av.container import InputContainer
from av.error import ArgumentError, FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from vidocr.errors import InputError
from vidocr.stages.hardware import DeviceError

MAX_PIXELS = 8192 * 8192
"""Pictures with more pixels are refused; 8192x4320 passes."""

MAX_STREAMS = 256
"""Files with more streams are refused; each costs memory and time, though one alone is read."""

_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,mxf,h264,hevc,"
    "yuv4mpegpipe,gif,wtv,rm,m4v,mpegvideo,dv,ivf,nut"
)
_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": _FORMATS,
    "max_pixels": str(MAX_PIXELS),
    "max_streams": str(MAX_STREAMS + 1),  # what is over is left out, and no error
}


def known_devices() -> tuple[str, ...]:
    """Names of the kinds of devices that FFmpeg was built with, were they here or not."""
    return tuple(hwdevices_available())


def open_container(path: Path, device: str = "") -> InputContainer:
    """A film, decoded by ``device`` where that can decode its codec; by software if empty.

    Raises:
        DeviceError: the device can't be had.
        InputError: it is no video file.
    """
    hwaccel = HWAccel(device, allow_software_fallback=True) if device else None
    try:
        container = av.open(
            f"file:{path}", options=_OPTIONS, metadata_errors="replace", hwaccel=hwaccel
        )
    except FFmpegError as error:
        if device:
            raise DeviceError(f"{device} can't be opened ({error.strerror})") from None
        raise _refusal(path, error) from None
    if len(container.streams) > MAX_STREAMS:
        container.close()
        raise InputError(
            f"{path}: has more than {MAX_STREAMS} streams; keep its video alone, e.g. with "
            "ffmpeg -i FILE -map 0:v:0 -c copy"
        )
    return container


def _refusal(path: Path, error: FFmpegError) -> InputError:
    if isinstance(error, ArgumentError):  # a demuxer that is not on the list
        return InputError(
            f"{path}: is no video file but a picture, a playlist or of a kind that is not "
            "accepted; name a video file, or convert it, e.g. to MP4"
        )
    return InputError(
        f"{path}: is no video file that can be read ({error.strerror}); "
        "check that it is complete, or convert it, e.g. to MP4"
    )


def pick_video(path: Path, container: InputContainer) -> VideoStream:
    """The video stream that players show; the others are left unread.

    Raises:
        InputError: there is none that can be decoded.
    """
    moving = [
        stream
        for stream in container.streams.video
        if not stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails)
    ]
    if not moving:
        raise InputError(f"{path}: has no video stream, only sound or a still; name a video file")
    best = container.streams.best("video")
    stream = next((s for s in moving if best is not None and s.index == best.index), moving[0])
    context = stream.codec_context
    if context is None:
        raise InputError(
            f"{path}: its video codec is unknown or the file is cut "
            "short; get it again or convert it, e.g. to H.264"
        )
    if context.width * context.height > MAX_PIXELS:
        raise InputError(
            f"{path}: says it is {context.width}x{context.height}; more than {MAX_PIXELS} pixels "
            "are refused, so check the file or scale it down"
        )
    with suppress(AttributeError):  # older PyAV has no such switch
        for other in container.streams:
            if other.index != stream.index:
                other.discard = av.stream.Discard.all
    return stream
