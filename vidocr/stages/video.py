"""Video file -> frames: PTS times, the crops asked for, and sparse stills.

``probe`` says what the file holds, ``frames`` decodes a stretch of it, ``stills`` takes
pairs of pictures here and there. Media are opened and decoded by ``media``, pictures cut
by ``luma``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from vidocr.errors import InputError
from vidocr.model import US_PER_S, Frame, Luma, VideoInfo
from vidocr.stages.clock import DecodeCounts, Pairs
from vidocr.stages.luma import Area, Geometry, Orientation, crop, plane_of
from vidocr.stages.media import Media, VideoFrame, display_matrix

__all__ = ["Area", "DecodeCounts", "frames", "probe", "stills"]

WHOLE_SIDE = 736
PAIR_GAP_US = 200_000
_SHORT_FILM_US = 60 * US_PER_S
_DECODE_ON_US = 2 * US_PER_S
_BACK_OFF_US = (0, 3 * US_PER_S, 15 * US_PER_S)


def probe(path: Path) -> VideoInfo:
    """Open a video, decode its first frame and say what it is.

    Raises:
        InputError: it can't be read, holds no video, or no frame of it can be decoded.
    """
    with Media(path, threads=1) as media:
        for _, frame in media.decode(DecodeCounts()):
            return _info(media, frame)
    raise _nothing(path)


def frames(
    path: Path,
    areas: Sequence[Area],
    *,
    start_us: int = 0,
    end_us: int | None = None,
    threads: int = 0,
    fast: bool = False,
    whole_every_us: int | None = None,
    whole_from_us: int = 0,
    whole_side: int = WHOLE_SIDE,
    counts: DecodeCounts | None = None,
) -> Iterator[Frame]:
    """Decode frames in order, each with one luma crop (uint8, copied) per area.

    Args:
        path: The video.
        areas: What to cut out, in px of the picture as displayed.
        start_us: Drop frames before this time.
        end_us: Stop before the first frame at or after this time.
        threads: Decoder threads; 0 = as many as the machine has cores.
        fast: Skip frames that no other frame needs; times are then coarser.
        whole_every_us: Also give the whole picture at the first frame in each such period,
            and at the first one ``PAIR_GAP_US`` later, if the period still lasts.
        whole_from_us: But none before this time.
        whole_side: Long side in px to which whole pictures are shrunk.
        counts: Filled in while decoding.

    Raises:
        InputError: it can't be read, holds no video, or no frame of it can be decoded.
    """
    counts = DecodeCounts() if counts is None else counts
    counts.reset()
    with Media(path, threads=threads, fast=fast) as media:
        cutter = Cutter(media, areas, whole_side)
        pairs = Pairs(whole_every_us, PAIR_GAP_US, whole_from_us)
        nothing = True
        for time_us, picture in _from(media, start_us, counts):
            nothing = False
            if time_us < start_us:
                continue
            if end_us is not None and time_us >= end_us:
                counts.end_us = end_us
                return
            counts.frames += 1
            counts.corrupt_frames += picture.is_corrupt
            whole = cutter.whole(picture) if pairs.due(time_us) else None
            yield Frame(time_us, cutter.crops(picture), whole)
        if nothing:
            raise _nothing(path)
        if media.ends_early(counts.end_us):
            counts.pts_gaps += 1


def stills(
    path: Path,
    times_us: Sequence[int],
    *,
    pair_gap_us: int = PAIR_GAP_US,
    whole_side: int = WHOLE_SIDE,
    threads: int = 1,
) -> Iterator[tuple[Frame, Frame]]:
    """Pairs of whole pictures near the times asked for: a key frame and one a moment later.

    Key frames are decoded at little cost; several times that fall to one key frame give
    one pair. Short films, and those that can't be sought in, are decoded in one pass that
    skips non-reference frames and ends at the last time.

    Raises:
        InputError: it can't be read, holds no video, or no frame of it can be decoded.
    """
    times = sorted(set(times_us))
    with Media(path, threads=threads, fast=True) as media:
        cutter = Cutter(media, (), whole_side)
        duration = media.duration_us
        if duration is None or duration < _SHORT_FILM_US or not media.keeps_times:
            yield from _one_pass(media, cutter, times, pair_gap_us)
        else:
            yield from _by_seeking(media, cutter, times, pair_gap_us)


class Cutter:
    """Cuts areas out of pictures, and keeps to the first picture's geometry."""

    def __init__(self, media: Media, areas: Sequence[Area], whole_side: int) -> None:
        self._media = media
        self._areas = areas
        self._whole_side = whole_side
        self._key: tuple[int, int, int] | None = None
        self._geometry: Geometry | None = None

    def crops(self, picture: VideoFrame) -> tuple[Luma, ...]:
        """One crop per area."""
        if not self._areas:
            return ()
        self._adapt(picture)
        plane = plane_of(picture)
        return tuple(crop(plane, cut, self._turn) for cut in self._cuts)

    def whole(self, picture: VideoFrame) -> Luma:
        """The whole picture, shrunk."""
        self._adapt(picture)
        return crop(plane_of(picture), self._whole, self._turn)

    def _adapt(self, picture: VideoFrame) -> None:
        """Work out the cuts again where the picture's shape differs from the one before."""
        key = (picture.width, picture.height, picture.rotation)
        if key == self._key:
            return
        self._key = key
        now = geometry_of(self._media, picture)
        self._geometry = now if self._geometry is None else now.shown_as(self._geometry)
        self._turn = self._geometry.orientation
        self._cuts = [self._geometry.cut(area) for area in self._areas]
        width, height = self._geometry.displayed
        scale = min(1.0, self._whole_side / max(width, height))
        self._whole = self._geometry.cut(Area(0, 0, width, height, scale))


def geometry_of(media: Media, picture: VideoFrame) -> Geometry:
    """The geometry of a decoded picture."""
    turn = Orientation.of_matrix(display_matrix(picture))
    sar = media.stream.sample_aspect_ratio
    return Geometry.of(picture.width, picture.height, sar, turn)


def _info(media: Media, picture: VideoFrame) -> VideoInfo:
    geometry = geometry_of(media, picture)
    width, height = geometry.displayed
    return VideoInfo(
        path=media.path,
        width=width,
        height=height,
        duration_us=media.duration_us,
        frame_rate=media.frame_rate,
        rotation_deg=geometry.orientation.clockwise_deg,
        subtitle_streams=media.subtitle_streams,
    )


def _from(media: Media, start_us: int, counts: DecodeCounts) -> Iterator[tuple[int, VideoFrame]]:
    """Frames from ``start_us`` or some way before it."""
    if start_us > 0 and media.keeps_times:
        for back_us in _BACK_OFF_US:
            if start_us <= back_us:
                break
            counts.reset()
            decoded = media.decode_after(start_us - back_us, counts)
            first = next(decoded, None)
            if first is not None and first[0] <= start_us:
                yield first
                yield from decoded
                return
        media.reopen()
        counts.reset()
    yield from media.decode(counts)


def _one_pass(
    media: Media, cutter: Cutter, times: Sequence[int], gap_us: int
) -> Iterator[tuple[Frame, Frame]]:
    """Pairs out of one pass over the film, up to the last time."""
    decoded = media.decode(DecodeCounts())
    last = -1
    found = False
    for time_us in times:
        if time_us <= last:
            continue
        pair = _pair(decoded, cutter, time_us, gap_us)
        if pair is None:
            break
        found = True
        last = pair[1].start_us
        yield pair
    if not found and times:
        raise _nothing(media.path)


def _by_seeking(
    media: Media, cutter: Cutter, times: Sequence[int], gap_us: int
) -> Iterator[tuple[Frame, Frame]]:
    """Pairs at the key frames before the times; near the pair before, by decoding on."""
    decoded: Iterator[tuple[int, VideoFrame]] = iter(())
    last_us = -1
    for time_us in times:
        if time_us <= last_us:
            continue
        wanted_us = time_us
        if last_us < 0 or time_us - last_us > _DECODE_ON_US:
            decoded, first_us = _near_key(media, time_us, last_us)
            if first_us <= last_us:
                continue
            wanted_us = first_us
        pair = _pair(decoded, cutter, wanted_us, gap_us)
        if pair is not None:
            last_us = pair[1].start_us
            yield pair
    if last_us < 0 and times:
        media.reopen()
        yield from _one_pass(media, cutter, times, gap_us)


def _near_key(
    media: Media, time_us: int, beyond_us: int
) -> tuple[Iterator[tuple[int, VideoFrame]], int]:
    """Frames from a key frame near ``time_us``, and the time of the first; or none and -1."""
    for back_us in _BACK_OFF_US:
        decoded = media.decode_after(time_us - back_us, DecodeCounts(), beyond_us=beyond_us)
        first = next(decoded, None)
        if first is not None and first[0] > beyond_us:
            return chain((first,), decoded), first[0]
    return iter(()), -1


def _pair(
    decoded: Iterator[tuple[int, VideoFrame]], cutter: Cutter, time_us: int, gap_us: int
) -> tuple[Frame, Frame] | None:
    """The first frame at or after ``time_us`` and the first one ``gap_us`` later."""
    first: Frame | None = None
    latest: tuple[int, VideoFrame] | None = None
    for at_us, picture in decoded:
        if first is None:
            if at_us >= time_us:
                first = Frame(at_us, (), cutter.whole(picture))
        elif at_us >= first.start_us + gap_us:
            return first, Frame(at_us, (), cutter.whole(picture))
        latest = (at_us, picture)
    if latest is None:
        return None
    last = Frame(latest[0], (), cutter.whole(latest[1]))
    return first or last, last


def _nothing(path: Path) -> InputError:
    return InputError(
        f"{path}: no frame could be decoded; the file is damaged or its codec is not supported, "
        "so get it again or convert it, e.g. to H.264"
    )
