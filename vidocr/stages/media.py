"""Opening media from strangers and decoding them packet by packet.

The only module that imports av. A file is opened with the protocols and demuxers that
a local film needs and no others, so a playlist, even one renamed to .mp4, is refused
before anything that it points to is opened.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import chain, dropwhile
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

import av
from av.container import InputContainer
from av.error import ArgumentError, FFmpegError
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame as VideoFrame  # for video, which does not import av
from av.video.stream import VideoStream

from vidocr.errors import InputError
from vidocr.model import US_PER_S, SubtitleStream
from vidocr.stages.clock import DecodeCounts, Timed, in_order

MAX_PIXELS = 8192 * 8192
"""Pictures with more pixels are refused; 8192x4320 passes."""

_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,mxf,h264,hevc,"
    "yuv4mpegpipe,gif,wtv,rm,m4v,mpegvideo,dv,ivf,nut"
)
_Packet: TypeAlias = "Packet[VideoStream] | None"
_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": _FORMATS,
    "max_pixels": str(MAX_PIXELS),
}
_UPRIGHT = (1, 0, 0, 0, 1, 0, 0, 0, 1)
_KEY_WITHIN = 1000
_READ_ERRORS_IN_A_ROW = 50
_LONGEST_FILM_US = 7 * 24 * 3600 * US_PER_S
_LONGEST_FRAME_US = 60 * US_PER_S
_CUT_OFF_US = US_PER_S
_NO_TIMES = 0x80  # AVFMT_NOTIMESTAMPS
_GENERATE_PTS = 0x1  # AVFMT_FLAG_GENPTS
_OUTPUT_CORRUPT = 0x8  # AV_CODEC_FLAG_OUTPUT_CORRUPT


def check_file(path: Path) -> None:
    """Raise InputError unless ``path`` is a readable regular file that holds something."""
    try:
        status = path.stat()
    except FileNotFoundError:
        if path.is_symlink():
            raise InputError(f"{path}: the link points to nothing; mend or replace it") from None
        raise InputError(f"{path}: no such file; check the name") from None
    except PermissionError:
        raise InputError(f"{path}: its folder may not be read; check permissions") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: can't be opened ({reason}); check the name") from None
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{path}: is a folder; name a video file in it")
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{path}: is a pipe or device; save the video to a file first")
    if status.st_size == 0:
        raise InputError(f"{path}: is empty (0 bytes); copy or download it again")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path}: may not be read; change its permissions (chmod +r)")


class Media:
    """An open video file: one stream, decoded packet by packet.

    Use it as a context manager. Raises InputError where the file holds no video that
    could be decoded.
    """

    def __init__(self, path: Path, *, threads: int = 0, fast: bool = False) -> None:
        check_file(path)
        self.path = path
        self._threads = threads
        self._fast = fast
        self._open()

    def _open(self) -> None:
        self.container = _open_container(self.path)
        try:
            self.stream = _pick(self.path, self.container)
        except InputError:
            self.container.close()
            raise
        # PyAV asks for generated PTS, which are wrong for H.264 with B-frames in AVI.
        self.container.flags &= ~_GENERATE_PTS
        self._base = self.stream.time_base or Fraction(1, US_PER_S)
        start = self.container.start_time
        if start is None:
            start = self._to_us(self.stream.start_time or 0)
        self._zero_us = start  # what players show as zero
        rate = self.frame_rate
        self._step_us = round(US_PER_S / rate) if rate and 1 <= rate <= 1000 else 40_000
        context = self.stream.codec_context
        context.flags |= _OUTPUT_CORRUPT
        context.thread_type = "AUTO"  # frame threads where the codec has them
        context.thread_count = self._threads
        context.options = {"max_pixels": str(MAX_PIXELS)}
        if self._fast and self.keeps_times:  # else times are counted by frames
            context.skip_frame = "NONREF"

    def reopen(self) -> None:
        """Start again at the beginning."""
        self.container.close()
        self._open()

    def __enter__(self) -> Media:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.container.close()

    @property
    def keeps_times(self) -> bool:
        """Whether the format keeps times, and so can be sought in; raw streams do not."""
        return not self.container.format.flags & _NO_TIMES

    @property
    def duration_us(self) -> int | None:
        """Length of the film as the container tells it, or None if it doesn't or it is absurd."""
        duration = self.container.duration
        return duration if duration and 0 < duration <= _LONGEST_FILM_US else None

    def ends_early(self, end_us: int) -> bool:
        """Whether frames that the container promises are missing at the end."""
        if self.stream.duration is not None:
            return end_us + _CUT_OFF_US < self._to_us(self.stream.duration)
        # Some containers know only the whole's length, and sound may outlast the picture.
        return self.duration_us is not None and end_us + 10 * _CUT_OFF_US < 0.9 * self.duration_us

    @property
    def frame_rate(self) -> Fraction | None:
        """Average frame rate, as far as the container knows it."""
        return self.stream.average_rate or self.stream.guessed_rate or None

    @property
    def subtitle_streams(self) -> tuple[SubtitleStream, ...]:
        """Soft subtitles in the container."""
        return tuple(
            SubtitleStream(s.codec_context.name if s.codec_context else "unknown", s.language)
            for s in self.container.streams.subtitles
        )

    def _to_us(self, ticks: int) -> int:
        """Ticks of the stream's time base in microseconds."""
        return round(ticks * self._base.numerator * US_PER_S / self._base.denominator)

    def _film_us(self, ticks: int) -> int:
        """A timestamp of the stream on the film's clock."""
        return self._to_us(ticks) - self._zero_us

    def _length_us(self, frame: VideoFrame) -> int:
        """How long a frame is shown: as the container says, or as the frame rate tells."""
        length_us = self._to_us(frame.duration)
        return length_us if 0 < length_us <= _LONGEST_FRAME_US else self._step_us

    def _seek(self, time_us: int) -> bool:
        """Go to the key frame at or before ``time_us`` (film's clock); False where it fails."""
        base = self._base
        ticks = (time_us + self._zero_us) * base.denominator // (base.numerator * US_PER_S)
        try:
            self.container.seek(ticks, stream=self.stream)
        except (FFmpegError, OverflowError):
            return False
        return True

    def decode(self, counts: DecodeCounts) -> Iterator[tuple[int, VideoFrame]]:
        """Frames from here to the end with their times (us), which increase strictly.

        Frames decoded with errors are given too, as players show them: subtitles that come
        up in a damaged stretch are often readable.
        """
        return self._decode(self._packets(counts), counts)

    def decode_after(
        self, time_us: int, counts: DecodeCounts, *, beyond_us: int = -1
    ) -> Iterator[tuple[int, VideoFrame]]:
        """Seek to the key frame at or before ``time_us`` and decode from there.

        Gives nothing where seeking fails or the key frame is not beyond ``beyond_us``.
        MPEG-TS may be sought to behind a key frame; what stands before the next one can't
        be decoded and is skipped.
        """
        if not self._seek(time_us):
            return iter(())
        packets = _from_key(self._packets(counts))
        key = next(packets, None)
        if key and key.pts is not None and self._film_us(key.pts) <= beyond_us:
            return iter(())
        decoded = self._decode(chain((key,), packets), counts)
        return dropwhile(lambda each: each[1].is_corrupt, decoded)

    def _decode(
        self, packets: Iterator[_Packet], counts: DecodeCounts
    ) -> Iterator[tuple[int, VideoFrame]]:
        for time_us, timed, frame in in_order(self._timed(packets, counts), counts):
            counts.end_us = time_us + timed.length_us
            yield time_us, frame

    def _timed(
        self, packets: Iterator[_Packet], counts: DecodeCounts
    ) -> Iterator[tuple[Timed, VideoFrame]]:
        """Frames as they leave the decoder."""
        for packet in packets:
            try:
                frames = self.stream.decode(packet)
            except FFmpegError:
                counts.damaged_packets += 1
                continue
            for frame in frames:
                # AVI has no PTS: frames leave the decoder at the DTS of the packet going in.
                counts.untimed_frames += frame.pts is None
                ticks = frame.dts if frame.pts is None else frame.pts
                time_us = None if ticks is None else self._film_us(ticks)
                yield Timed(time_us, self._length_us(frame)), frame

    def _packets(self, counts: DecodeCounts) -> Iterator[_Packet]:
        """Packets of the stream, at last one that empties the decoder.

        It goes on after errors, as the container keeps its place.
        """
        errors = 0
        budget = 16 * self.path.stat().st_size + (64 << 20)  # a broken index can loop for ever
        while errors < _READ_ERRORS_IN_A_ROW and budget > 0:
            try:
                for packet in self.container.demux(self.stream):
                    errors = 0
                    budget -= packet.size
                    # An empty packet repeats a frame; a decoder takes it for the end.
                    if packet.size or packet.dts is None:
                        yield packet
                    if budget <= 0:
                        break
                else:
                    return  # the last packet emptied the decoder
            except IndexError:  # how PyAV meets a stream that turns up in mid-film
                errors += 1
            except FFmpegError:
                counts.damaged_packets += 1
                errors += 1
        yield None


def _from_key(packets: Iterator[_Packet]) -> Iterator[_Packet]:
    """Packets from the next key frame on; where none is near, as with intra refresh, later."""
    for skipped, packet in enumerate(packets):
        if packet is None or packet.is_keyframe or skipped == _KEY_WITHIN:
            return chain((packet,), packets)
    return iter(())


def display_matrix(frame: VideoFrame) -> Sequence[int]:
    """The 9 numbers that turn a frame for display; those of no turn where it has none."""
    try:
        data: Any = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:  # a kind of side data that PyAV doesn't know
        data = None
    return _UPRIGHT if data is None else struct.unpack("=9i", bytes(data))


def _open_container(path: Path) -> InputContainer:
    try:
        return av.open(f"file:{path}", options=_OPTIONS, metadata_errors="replace")
    except ArgumentError:  # a demuxer that is not on the list
        raise InputError(
            f"{path}: is no video file but a picture, a playlist or of a kind that is not "
            "accepted; name a video file, or convert it, e.g. to MP4"
        ) from None
    except FFmpegError as error:
        raise InputError(
            f"{path}: is no video file that can be read ({error.strerror}); "
            "check that it is complete, or convert it, e.g. to MP4"
        ) from None


def _pick(path: Path, container: InputContainer) -> VideoStream:
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
