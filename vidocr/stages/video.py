"""Video file -> frames: PTS times, the crops asked for, and sparse stills.

``probe`` says what the file holds, ``frames`` decodes a stretch of it, ``stills`` takes
pairs of pictures here and there, ``still`` one in colour. Media are opened by ``container``,
decoded by ``media``, and pictures cut by ``cutter``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from vidocr.errors import InputError
from vidocr.model import US_PER_S, Frame, Image, VideoInfo
from vidocr.stages.clock import DecodeCounts, Pairs
from vidocr.stages.container import known_devices
from vidocr.stages.cutter import Cutter, geometry_of
from vidocr.stages.hardware import NONE, DeviceError, check_device
from vidocr.stages.luma import Area
from vidocr.stages.media import Media, Shot, VideoFrame

__all__ = ["Area", "DecodeCounts", "check_hwaccel", "frames", "probe", "still", "stills"]

WHOLE_SIDE = 736
PAIR_GAP_US = 200_000
_SHORT_FILM_US = 60 * US_PER_S
_DECODE_ON_US = 2 * US_PER_S
_BACK_OFF_US = (0, 3 * US_PER_S, 15 * US_PER_S)


def check_hwaccel(name: str) -> None:
    """Raise UsageError unless FFmpeg, as it was built, knows the device, or none is wanted."""
    check_device(name, known_devices())


def probe(path: Path) -> VideoInfo:
    """Open a video, decode its first frame and say what it is.

    Raises:
        InputError: it can't be read, holds no video, or no frame of it can be decoded.
    """
    with Media(path, threads=1) as media:
        for shot in media.decode(DecodeCounts()):
            return _info(media, shot.picture)
    raise _nothing(path)


def frames(
    path: Path,
    areas: Sequence[Area],
    *,
    start_us: int = 0,
    end_us: int | None = None,
    threads: int = 0,
    fast: bool = False,
    hwaccel: str = NONE,
    whole_every_us: int | None = None,
    whole_from_us: int = 0,
    whole_side: int = WHOLE_SIDE,
    lying: bool = False,
    counts: DecodeCounts | None = None,
) -> Iterator[Frame]:
    """Decode frames in order, each with one luma crop (uint8, copied) per area.

    Args:
        path: The video.
        areas: What to cut out, in px of the picture as displayed.
        start_us: Drop frames before this time.
        end_us: Stop before the first frame at or after this time.
        threads: Decoder threads; 0 = as many as the machine has cores.
        fast: Skip frames that no other frame needs. Each time is then the middle one of those
            at which what the frame shows may have come up; ``counts`` say how far off it may be.
        hwaccel: Device that decodes, as FFmpeg calls it, or ``auto``. Where it fails, software
            decodes the stretch again and goes on from there; ``counts`` say why.
        whole_every_us: Also give the whole picture at the first frame in each such period,
            and at the first one ``PAIR_GAP_US`` later, if the period still lasts.
        whole_from_us: But none before this time.
        whole_side: Long side in px to which whole pictures are shrunk.
        lying: Turn pictures to the left first, so that columns become rows, and count px then.
        counts: Filled in while decoding.

    Raises:
        InputError: it can't be read, holds no video, or no frame of it can be decoded.
    """
    counts = DecodeCounts() if counts is None else counts
    with Media(path, threads=threads, fast=fast, blocky=fast, hwaccel=hwaccel) as media:
        cutter = Cutter(media, areas, whole_side, lying=lying)
        pairs = Pairs(whole_every_us, PAIR_GAP_US, whole_from_us)
        for time_us, picture in _by_what_works(media, start_us, end_us, counts):
            whole = cutter.whole(picture) if pairs.due(time_us) else None
            yield Frame(time_us, cutter.crops(picture), whole)


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


def still(path: Path, time_us: int, *, side: int = WHOLE_SIDE) -> Image:
    """The frame that shows at ``time_us``, the last one after the film's end, in colour.

    Args:
        path: The video.
        time_us: On the film's clock.
        side: Long side in px to which the picture is shrunk.

    Raises:
        InputError: it can't be read, holds no video, or no frame of it can be decoded.
    """
    with Media(path, threads=1) as media:
        shown: Shot | None = None
        for shot in _from(media, time_us, DecodeCounts()):
            if shown is not None and shot.time_us > time_us:
                break
            shown = shot
        if shown is None:
            raise _nothing(path)
        return Cutter(media, (), side).colours(shown.picture)


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


def _by_what_works(
    media: Media, start_us: int, end_us: int | None, counts: DecodeCounts
) -> Iterator[tuple[int, VideoFrame]]:
    """The stretch; where a device fails in it, software's frames after the device's last one.

    Software decodes it from its start again: then the clock and the counts are those of a film
    that no device was asked for.
    """
    last_us = -1
    try:
        for last_us, picture in _stretch(media, start_us, end_us, counts):
            yield last_us, picture
    except DeviceError as error:
        after = f" after {last_us / US_PER_S:.1f} s" if last_us >= 0 else ""
        media.use_software(f"{error}{after}")
        for time_us, picture in _stretch(media, start_us, end_us, counts):
            if time_us > last_us:
                yield time_us, picture


def _stretch(
    media: Media, start_us: int, end_us: int | None, counts: DecodeCounts
) -> Iterator[tuple[int, VideoFrame]]:
    """Frames from ``start_us`` to ``end_us`` with the times to give them, and counted."""
    counts.reset()
    nothing = True
    for shot in _from(media, start_us, counts):
        counts.device, counts.software_why = media.device, media.software_why
        nothing = False
        time_us = counts.placed(shot.time_us, shot.skipped_us)
        if time_us < start_us:
            continue
        if end_us is not None and time_us >= end_us:
            counts.end_us = end_us
            return
        counts.frames += 1
        counts.starts_us.append(time_us)
        counts.corrupt_frames += shot.picture.is_corrupt
        yield time_us, shot.picture
    if nothing:
        raise _nothing(media.path)
    if media.ends_early(counts.end_us):
        counts.pts_gaps += 1
        counts.ends_early = True


def _from(media: Media, start_us: int, counts: DecodeCounts) -> Iterator[Shot]:
    """Frames from ``start_us`` or some way before it."""
    if start_us > 0 and media.keeps_times:
        for back_us in _BACK_OFF_US:
            if start_us <= back_us:
                break
            counts.reset()
            decoded = media.decode_after(start_us - back_us, counts)
            first = next(decoded, None)
            if first is not None and first.time_us <= start_us:
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
    decoded: Iterator[Shot] = iter(())
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


def _near_key(media: Media, time_us: int, beyond_us: int) -> tuple[Iterator[Shot], int]:
    """Frames from a key frame near ``time_us``, and the time of the first; or none and -1."""
    for back_us in _BACK_OFF_US:
        decoded = media.decode_after(time_us - back_us, DecodeCounts(), beyond_us=beyond_us)
        first = next(decoded, None)
        if first is not None and first.time_us > beyond_us:
            return chain((first,), decoded), first.time_us
    return iter(()), -1


def _pair(
    decoded: Iterator[Shot], cutter: Cutter, time_us: int, gap_us: int
) -> tuple[Frame, Frame] | None:
    """The first frame at or after ``time_us`` and the first one ``gap_us`` later."""
    first: Frame | None = None
    latest: Shot | None = None
    for shot in decoded:
        at_us, picture, _ = shot
        if first is None:
            if at_us >= time_us:
                first = Frame(at_us, (), cutter.whole(picture))
        elif at_us >= first.start_us + gap_us:
            return first, Frame(at_us, (), cutter.whole(picture))
        latest = shot
    if latest is None:
        return None
    last = Frame(latest.time_us, (), cutter.whole(latest.picture))
    return first or last, last


def _nothing(path: Path) -> InputError:
    return InputError(
        f"{path}: no frame could be decoded; the file is damaged or its codec is not supported, "
        "so get it again or convert it, e.g. to H.264"
    )
