"""A copy of a film with tracks as soft subtitles beside its streams, which stay as they are."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import av
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import AttachmentStream, Disposition, Stream
from av.subtitles.stream import SubtitleStream

from vidocr.errors import InputError, UsageError
from vidocr.model import US_PER_S, Cue
from vidocr.ocr.codes import bibliographic, three_letters
from vidocr.output import Sink, output_stream
from vidocr.stages.container import open_container
from vidocr.stages.files import check_file
from vidocr.tracks import About, render, srt
from vidocr.tracks.lines import clean
from vidocr.tracks.rounding import US_PER_MS, writable
from vidocr.tracks.turns import in_turn

_Ours: TypeAlias = "list[tuple[Track, Stream]]"

_FORMATS = {".mkv": "matroska", ".mp4": "mp4"}
_PICTURES = {"mjpeg": ("cover.jpg", "image/jpeg"), "png": ("cover.png", "image/png")}
_NO_TIMES = 0x80  # AVFMT_NOTIMESTAMPS
_MP4_TEXT = About(width=384, height=288)  # what FFmpeg scales MP4's text by
_UNTRUE_OF_A_COPY = ("major_brand", "minor_version", "compatible_brands", "encoder")
_MS = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class Track:
    """Cues that become a stream: their language, a code of BCP 47, and what players call it."""

    cues: Sequence[Cue]
    language: str | None = None
    title: str = ""


class _Said(NamedTuple):
    """A text of one of our streams, when it is to be shown."""

    start_ms: int
    stream: int
    end_ms: int
    text: str


def mux(
    film: Path, target: Path, tracks: Sequence[Track], *, overwrite: bool = False
) -> tuple[str, ...]:
    """Copy a film and add tracks to it, without encoding anything anew.

    Pictures and sound are copied, the film's own subtitles and attachments where the target can
    hold them, chapters and names too. The copy begins at 0, as players count the film's time. The
    first track is shown by default, unless the film has subtitles that are. In MP4, where one
    cue follows the other, cues that share a time are shown in one; it holds no places.

    Args:
        film: The film.
        target: Where the copy goes: .mkv or .mp4.
        tracks: One stream for each.
        overwrite: Replace a file that is there.

    Returns:
        What was left out or could not be said, a line each.

    Raises:
        UsageError: The target is the film, or its ending is neither of the two.
        InputError: The film can't be read, or its pictures or sound can't stand in the target.
        OutputError: The target can't be written.
    """
    format = format_of(target)
    check_file(film)
    with suppress(OSError):  # said by those who open them
        if target.samefile(film):
            raise UsageError(f"{target}: is the video itself; give another file")
    with (
        open_container(film) as source,
        output_stream(target, overwrite=overwrite) as file,
    ):
        _refuse_untimed(film, source)
        sink = Sink(file)
        try:
            with av.open(sink, "w", format=format) as output:
                return _Copy(film, source, output, format).run(tracks)
        except OSError:  # of the target; some of FFmpeg's errors are OSErrors, too
            raise
        except FFmpegError as error:
            if sink.failure:  # the end, which then can't be written either, hides it
                raise sink.failure from error
            raise InputError(
                f"{film}: can't be copied into {format} ({error.strerror}), as where its clock "
                "jumps or is missing; convert it first"
            ) from error


def format_of(target: Path) -> str:
    """FFmpeg's name for the format of a copy.

    Raises:
        UsageError: The ending is neither .mkv nor .mp4.
    """
    format = _FORMATS.get(target.suffix.lower())
    if format is None:
        raise UsageError(f"{target}: a film with tracks is an .mkv or .mp4; give one of these")
    return format


class _Copy:
    """The copying of one film."""

    def __init__(
        self, film: Path, source: InputContainer, output: OutputContainer, format: str
    ) -> None:
        self._film = film
        self._source = source
        self._output = output
        self._format = format
        self._is_matroska = format == "matroska"
        self._notes: list[str] = []
        self._zero_us = _start_us(source)

    def run(self, tracks: Iterable[Track]) -> tuple[str, ...]:
        """Copy, and give the notes."""
        copies = self._copies()
        ours = self._ours(tracks, any(map(_is_shown, copies.values())))
        self._copy_names()
        self._output.start_encoding()
        self._copy_packets(copies, ours)
        return tuple(dict.fromkeys(self._notes))

    def _copies(self) -> dict[int, Stream]:
        """Streams of the film by their number -> those that take their packets."""
        copies: dict[int, Stream] = {}
        for stream in self._source.streams:
            try:
                if self._is_matroska and stream.disposition & Disposition.attached_pic:
                    self._attach_picture(stream)
                else:
                    copies[stream.index] = self._copy_of(stream)
            except ValueError as error:  # how PyAV says that it can't be done
                self._leave_out(stream, error)
        return copies

    def _leave_out(self, stream: Stream, error: ValueError) -> None:
        what = f"{stream.type} stream {stream.index} ({_codec(stream)})"
        if stream.type in ("video", "audio") and not stream.disposition & Disposition.attached_pic:
            fix = "convert it first" if self._is_matroska else "give a target that ends in .mkv"
            raise InputError(
                f"{self._film}: {what} can't stand in {self._format}; {fix}"
            ) from error
        self._notes.append(f"{what} was left out: {self._format} doesn't hold it")

    def _copy_of(self, stream: Stream) -> Stream:
        if isinstance(stream, AttachmentStream):
            if not self._is_matroska:
                raise ValueError("no place for it")
        elif stream.type == "data" or stream.codec_context is None:
            raise ValueError("nothing that could be said of it")
        copy = self._output.add_stream_from_template(stream, opaque=True)
        copy.metadata.update(stream.metadata)
        _dispose(copy, stream.disposition)
        if not self._is_matroska and _codec(stream) == "hevc":
            copy.codec_context.codec_tag = "hvc1"  # the other tag is unknown to Apple's players
        return copy

    def _attach_picture(self, stream: Stream) -> None:
        """Attach a picture of the film's cover, which FFmpeg would make a video stream."""
        usual_name, mime = _PICTURES.get(_codec(stream), ("", ""))
        if not mime:
            raise ValueError("no known kind of picture")
        with open_container(self._film) as again:
            packet = next(again.demux(again.streams[stream.index]))
            name = stream.metadata.get("filename", usual_name)
            self._output.add_attachment(name, mime, bytes(packet))

    def _ours(self, tracks: Iterable[Track], has_default: bool) -> _Ours:
        """The new streams, of tracks that hold something."""
        ours: _Ours = []
        for number, track in enumerate(tracks, start=1):
            if not writable(track.cues):
                self._notes.append(f"track {number} was left out: it has no cues")
                continue
            stream = self._new_stream()
            stream.time_base = _MS
            stream.metadata["language"] = self._tag(track.language)
            if title := clean(track.title):  # in MP4 most players show that other name
                stream.metadata["title" if self._is_matroska else "handler_name"] = title
            if not has_default:
                _dispose(stream, Disposition.default)
                has_default = True
            ours.append((track, stream))
        return ours

    def _new_stream(self) -> Stream:
        if self._is_matroska:
            return self._output.add_mux_stream("subrip")
        stream = self._output.add_stream("mov_text")
        assert isinstance(stream, SubtitleStream)
        # Its packets are made here, but what stands in their head comes from the encoder.
        stream.codec_context.subtitle_header = render([], "ass", _MP4_TEXT).encode()
        return stream

    def _tag(self, code: str | None) -> str:
        """The code of a language that the target holds."""
        long_code = three_letters(code) if code else "und"
        if long_code is None:
            self._notes.append(f"language {code} has no code of three letters here: it is not told")
            return "und"
        return bibliographic(long_code) if self._is_matroska else long_code

    def _copy_names(self) -> None:
        """Metadata and chapters."""
        said = self._source.metadata.items()
        self._output.metadata.update({k: v for k, v in said if k.lower() not in _UNTRUE_OF_A_COPY})
        self._output.set_chapters([_moved(each, self._zero_us) for each in self._source.chapters()])

    def _copy_packets(self, copies: Mapping[int, Stream], ours: _Ours) -> None:
        said = heapq.merge(*(self._said(n, track.cues) for n, (track, _) in enumerate(ours)))
        following = next(said, None)
        for packet in self._packets():
            stream = copies.get(packet.stream_index)
            if stream is None or not packet.size:
                continue
            _move(packet, self._zero_us)
            packet.stream = stream
            while following and packet.dts is not None and following.start_ms <= _ms(packet):
                self._say(following, ours)
                following = next(said, None)
            self._output.mux(packet)
        for last in (following, *said) if following else ():
            self._say(last, ours)

    def _packets(self) -> Iterator[Packet[Any]]:
        while True:
            try:
                yield from self._source.demux()
                return
            except IndexError:  # how PyAV meets a stream that it was not told of
                self._notes.append("a stream that turns up in mid-film was left out")
            except FFmpegError as error:
                raise InputError(
                    f"{self._film}: is damaged ({error.strerror}); get it again, or mend it first"
                ) from error

    def _said(self, number: int, cues: Sequence[Cue]) -> Iterator[_Said]:
        """What a track says, by its start; MP4 shows one text at a time, and has no places."""
        written = writable(cues)
        for cue in written if self._is_matroska else in_turn(written):
            text = srt.spoken(cue) if self._is_matroska else cue.text
            yield _Said(cue.start_us // US_PER_MS, number, cue.end_us // US_PER_MS, text)

    def _say(self, said: _Said, ours: _Ours) -> None:
        text = said.text.encode()
        content = text if self._is_matroska else len(text).to_bytes(2) + text
        packet: Packet[Any] = Packet(len(content))
        packet.update(content)  # not by the constructor: older PyAV loses what it is given there
        packet.time_base = _MS
        packet.pts = packet.dts = said.start_ms
        packet.duration = said.end_ms - said.start_ms
        packet.is_keyframe = True
        packet.stream = ours[said.stream][1]
        self._output.mux(packet)


def _refuse_untimed(film: Path, source: InputContainer) -> None:
    """Refuse films whose packets don't say when they are shown."""
    is_raw = source.format.flags & _NO_TIMES
    # AVI tells the order of decoding alone, from which FFmpeg guesses wrong for these.
    is_guessed = source.format.name == "avi" and any(
        _codec(stream) in ("h264", "hevc") and stream.codec_context.has_b_frames
        for stream in source.streams.video
    )
    if is_raw or is_guessed:
        raise InputError(
            f"{film}: its packets don't say when they are shown; convert it first, e.g. to MP4"
        )


def _start_us(source: InputContainer) -> int:
    """What players show as zero, as ``Media`` takes it."""
    if source.start_time is not None:
        return source.start_time
    first = source.streams.video[0] if source.streams.video else None
    if first is None or first.start_time is None or first.time_base is None:
        return 0
    return round(first.start_time * first.time_base * US_PER_S)


def _codec(stream: Stream) -> str:
    return stream.codec_context.name if stream.codec_context else "unknown"


def _dispose(stream: Any, disposition: Disposition) -> None:
    """Set what a stream is for; as a number, which older PyAV wants."""
    stream.disposition = disposition.value


def _is_shown(stream: Stream) -> bool:
    return stream.type == "subtitle" and bool(stream.disposition & Disposition.default)


def _moved(chapter: Any, zero_us: int) -> Any:
    """A chapter on the clock of the copy."""
    zero = round(Fraction(zero_us, US_PER_S) / chapter["time_base"])
    times = {name: max(0, chapter[name] - zero) for name in ("start", "end")}
    return {**chapter, **times}


def _move(packet: Packet[Any], zero_us: int) -> None:
    """Set a packet on the clock of the copy."""
    zero = round(Fraction(zero_us, US_PER_S) / packet.time_base)
    if packet.pts is not None:
        packet.pts -= zero
    if packet.dts is not None:
        packet.dts -= zero


def _ms(packet: Packet[Any]) -> int:
    return int((packet.dts or 0) * packet.time_base * 1000)
