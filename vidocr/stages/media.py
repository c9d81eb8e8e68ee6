"""Media decoded packet by packet, whatever is wrong with them.

No module but this, ``container`` and ``muxing`` imports av.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, dropwhile
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, TypeAlias

from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame as VideoFrame  # for video, which does not import av
from av.video.stream import VideoStream

from vidocr.errors import InputError
from vidocr.model import US_PER_S, SubtitleStream
from vidocr.stages.clock import Announced, DecodeCounts, Timed, in_order
from vidocr.stages.container import MAX_PIXELS, open_container, pick_video
from vidocr.stages.files import check_file
from vidocr.stages.hardware import NONE, Device, DeviceError, devices_for, why_software

_Packet: TypeAlias = "Packet[VideoStream] | None"
_KEY_WITHIN = 1000
_READ_ERRORS_IN_A_ROW = 50
_LONGEST_FILM_US = 7 * 24 * 3600 * US_PER_S
_LONGEST_FRAME_US = 60 * US_PER_S
_CUT_OFF_US = US_PER_S
_NO_TIMES = 0x80  # AVFMT_NOTIMESTAMPS
_GENERATE_PTS = 0x1  # AVFMT_FLAG_GENPTS
_OUTPUT_CORRUPT = 0x8  # AV_CODEC_FLAG_OUTPUT_CORRUPT


class Shot(NamedTuple):
    """A decoded frame, its time, and the times of those skipped between it and the one before."""

    time_us: int
    picture: VideoFrame
    skipped_us: tuple[int, ...] = ()


class Media:
    """An open video file: one stream, decoded packet by packet.

    Use it as a context manager. ``fast`` skips frames that no other needs, ``blocky``
    leaves the edges of blocks in all. ``hwaccel`` names the device that is to decode; ``device``
    says which one does, empty for software, and ``software_why`` why none does though one was
    wanted. Raises InputError where the file holds no video that could be decoded.
    """

    def __init__(
        self,
        path: Path,
        *,
        threads: int = 0,
        fast: bool = False,
        blocky: bool = False,
        hwaccel: str = NONE,
    ) -> None:
        check_file(path)
        self.path = path
        self._threads = threads
        self._fast = fast
        self._blocky = blocky
        self._device: Device | None = None
        self.software_why = ""
        self._open()
        if hwaccel != NONE:
            self._take_device(hwaccel)

    def _take_device(self, wanted: str) -> None:
        """Open the film again by the first device that can be had."""
        codec = self.stream.codec_context.codec
        failures = []
        for self._device in devices_for(wanted, codec.hardware_configs or ()):
            try:
                self.reopen()
                return
            except DeviceError as error:
                failures.append(str(error))
        self.use_software(why_software(wanted, codec.name, failures))

    def use_software(self, why: str) -> None:
        """Start again at the beginning without a device."""
        self._device, self.software_why = None, why
        self.reopen()

    @property
    def device(self) -> str:
        """The device that decodes; empty for software."""
        return self._device.name if self._device else ""

    def _open(self) -> None:
        self.container = open_container(self.path, self.device)
        try:
            self.stream = pick_video(self.path, self.container)
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
        # Frame threads where the codec has them; with a device FFmpeg discourages them.
        context.thread_type = "SLICE" if self._device else "AUTO"
        context.thread_count = self._threads
        context.options = {
            "max_pixels": str(MAX_PIXELS),
            # Smoothing the blocks of every frame takes up to a sixth of decoding. Frames that no
            # other needs go without, which carries no error on; stills go without in all but I
            # and P, about 1 luma until the next key frame, and a first pass in all, 2 to 3.
            "skip_loop_filter": self._unsmoothed(),
        }
        self._skipping = self._fast and self.keeps_times  # else times are counted by frames
        if self._skipping:
            context.skip_frame = "NONREF"

    def _unsmoothed(self) -> str:
        """Which frames are decoded with the edges of their blocks, as FFmpeg calls them."""
        if self._blocky:
            return "all"
        return "bidir" if self._fast else "noref"

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

    def decode(self, counts: DecodeCounts) -> Iterator[Shot]:
        """Frames from here to the end with their times (us), which increase strictly.

        Frames decoded with errors are given too, as players show them: subtitles that come
        up in a damaged stretch are often readable.

        Raises:
            DeviceError: the device failed, or FFmpeg did without it.
        """
        return self._decode(self._packets(counts), counts)

    def decode_after(
        self, time_us: int, counts: DecodeCounts, *, beyond_us: int = -1
    ) -> Iterator[Shot]:
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
        return dropwhile(lambda shot: shot.picture.is_corrupt, decoded)

    def _decode(self, packets: Iterator[_Packet], counts: DecodeCounts) -> Iterator[Shot]:
        before_us: int | None = None
        for time_us, timed, frame in in_order(self._timed(packets, counts), counts):
            counts.end_us = time_us + timed.length_us
            yield Shot(time_us, frame, timed.skipped_between(before_us, time_us))
            before_us = time_us

    def _timed(
        self, packets: Iterator[_Packet], counts: DecodeCounts
    ) -> Iterator[tuple[Timed, VideoFrame]]:
        """Frames as they leave the decoder."""
        announced = Announced()
        for packet in packets:
            if self._skipping and packet is not None and packet.size:
                self._announce(packet, announced)
            try:
                frames = self.stream.decode(packet)
            except FFmpegError as error:
                self._give_up_device(str(error))
                counts.damaged_packets += 1
                continue
            for frame in frames:
                if self._device and self.stream.codec_context.pix_fmt != self._device.pix_fmt:
                    self._give_up_device("it can't decode this film")
                # AVI has no PTS: frames leave the decoder at the DTS of the packet going in.
                counts.untimed_frames += frame.pts is None
                ticks = frame.dts if frame.pts is None else frame.pts
                time_us = None if ticks is None else self._film_us(ticks)
                skipped = () if time_us is None else announced.skipped_before(time_us)
                yield Timed(time_us, self._length_us(frame), skipped), frame

    def _announce(self, packet: Packet[VideoStream], announced: Announced) -> None:
        """Note when a frame is due. Where one has no time, times are counted by frames."""
        if packet.pts is None:
            self._skipping = False
            self.stream.codec_context.skip_frame = "DEFAULT"
        else:
            announced.note(self._film_us(packet.pts))

    def _give_up_device(self, why: str) -> None:
        """Leave a film that a device had trouble with to software, which tells damage apart."""
        if self._device:
            raise DeviceError(f"{self._device.name}: {why}")

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
