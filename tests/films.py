"""Small films for tests, written with PyAV: no program and no file from outside is needed."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from tests.scheduling import ordinary_scheduling

Picture = NDArray[np.uint8]
KEYS_EVERY_10 = {"g": "10", "bf": "2", "x264-params": "scenecut=0:log-level=0"}


def numbered(i: int, width: int = 64, height: int = 48) -> Picture:
    """A gray picture that tells its number: eight columns, one for each bit."""
    bits = [(i >> k) & 1 for k in range(8)]
    row = np.repeat(np.array(bits, np.uint8) * 120 + 60, -(-width // 8))[:width]
    return np.tile(row, (height, 1))


def number_of(luma: Picture) -> int:
    """The number that a picture by ``numbered`` tells."""
    columns = np.array_split(luma, 8, axis=1)
    return sum(1 << k for k, column in enumerate(columns) if column.mean() > 120)


def marked() -> Picture:
    """A gray picture, 64 x 48, whose corners differ: bright top left, middling bottom left."""
    picture = np.full((48, 64), 60, np.uint8)
    picture[:12, :20] = 200
    picture[36:, :8] = 130
    return picture


@ordinary_scheduling()
def write_film(
    path: Path,
    pictures: Sequence[Picture],
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    times_ms: Sequence[int] | None = None,
    rate: int = 25,
    options: dict[str, str] | None = None,
    container: str | None = None,
    container_options: dict[str, str] | None = None,
    prepare: Callable[[Any], None] = lambda stream: None,
    sound_ms: tuple[int, int] | None = None,
    sound_codec: str = "pcm_s16le",
) -> Path:
    """Encode gray pictures of one size; ``times_ms`` makes a variable frame rate.

    ``prepare`` is called with the new stream; ``sound_ms`` adds silence from..to.
    """
    with av.open(str(path), "w", format=container, options=container_options or {}) as output:
        stream: Any = output.add_stream(codec, rate, options=options or {})
        stream.height, stream.width = pictures[0].shape
        stream.pix_fmt = pix_fmt
        if times_ms is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        prepare(stream)
        if sound_ms is not None:
            _add_silence(output, sound_ms, sound_codec)
        for i, picture in enumerate(pictures):
            frame = frame_of(picture, pix_fmt)
            frame.pts = i if times_ms is None else times_ms[i]
            frame.time_base = Fraction(1, rate) if times_ms is None else Fraction(1, 1000)
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return path


def frame_of(picture: Picture, pix_fmt: str) -> av.VideoFrame:
    """A frame whose luma has the levels of ``picture`` (limited range, 8 bits), no colour."""
    height, width = picture.shape
    frame = av.VideoFrame(width, height, "yuv444p")
    for plane, values in zip(frame.planes, (picture, None, None), strict=True):
        rows = np.full((height, plane.line_size), 128, np.uint8)
        if values is not None:
            rows[:, :width] = values
        plane.update(rows.tobytes())
    return frame if pix_fmt == "yuv444p" else frame.reformat(format=pix_fmt)


def _add_silence(output: Any, span_ms: tuple[int, int], codec: str) -> None:
    stream = output.add_stream(codec, 16_000, layout="mono")
    for start_ms in range(span_ms[0], span_ms[1], 36):
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 576), np.int16), "s16", "mono")
        sound.sample_rate = 16_000
        sound.pts = start_ms * 16
        sound.time_base = Fraction(1, 16_000)
        output.mux(stream.encode(sound))
    output.mux(stream.encode())


def packets_of(path: Path) -> list[bytes]:
    """The encoded pictures in a film."""
    with av.open(str(path)) as source:
        return [bytes(packet) for packet in source.demux(video=0) if packet.size]


def overwrite(path: Path, packets: Sequence[bytes], value: int = 0) -> None:
    """Fill encoded pictures with a value, where they stand in the file."""
    data = bytearray(path.read_bytes())
    for packet in packets:
        at = data.find(packet)
        assert at >= 0
        data[at : at + len(packet)] = bytes([value]) * len(packet)
    path.write_bytes(data)


def write_cut_off(path: Path) -> Path:
    """Write a film of 4 s that lacks the last third of its bytes, in MP4 with its index first."""
    pictures = [numbered(i) for i in range(100)]
    write_film(path, pictures, container_options={"movflags": "+faststart"})
    path.write_bytes(path.read_bytes()[: -path.stat().st_size // 3])
    return path
