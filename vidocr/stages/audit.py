"""Looks at whole pictures while the film is decoded, for places that the scan missed.

At the end it tells what was seen in stills, and is neither a cue nor a reject.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from vidocr.engines import TextDetector
from vidocr.model import Box, Cue, Frame, Luma, Region
from vidocr.report import Glimpse, Reject
from vidocr.stages.pictures import jpeg
from vidocr.stages.sightings import Pair, Sighting, sightings

_SLACK_US = 200_000  # stills fall into fades, too
_SAME_ROW = 0.3  # of the lower one's height


def audited(
    frames: Iterable[Frame],
    regions: Sequence[Region],
    detector: TextDetector,
    width: int,
    found: list[Sighting],
    period_us: int,
) -> Iterator[Frame]:
    """Pass ``frames`` on; note in ``found`` what stands outside of ``regions``.

    Args:
        frames: their whole pictures come in pairs, one pair a period.
        regions: where lines are followed already.
        detector: finds text.
        width: of the picture in px.
        found: grows by what is seen.
        period_us: a picture without another one in its period has no pair.
    """
    first: tuple[int, Luma, int] | None = None
    for frame in frames:
        if frame.whole is not None:
            period = frame.start_us // period_us
            if first is not None and first[0] == period:
                pair = Pair(first[1], frame.whole, width / frame.whole.shape[1], first[2])
                found += sightings(pair, detector, regions)
                first = None
            else:
                first = period, frame.whole, frame.start_us
        yield frame


def glimpses(
    seen: Sequence[Sighting],
    cues: Sequence[Cue],
    rejects: Sequence[Reject],
    size: tuple[int, int],
    *,
    pictures: bool,
) -> list[Glimpse]:
    """What was seen where and when neither a cue nor a reject stands, in order of time.

    Args:
        seen: in stills of the film.
        cues: of the film.
        rejects: of the film.
        size: width and height of the picture in px.
        pictures: keep a small picture of each.
    """
    told = [(cue.start_us, cue.end_us, box) for cue in cues for box in _boxes(cue, size)]
    told += [(reject.start_us, reject.end_us, reject.box) for reject in rejects]
    coming = deque(sorted(told))
    standing: list[tuple[int, int, Box]] = []
    found = []
    rows = [each for each in seen if not each.is_column]
    for each in sorted(rows, key=lambda each: each.time_us):
        while coming and coming[0][0] - _SLACK_US <= each.time_us:
            standing.append(coming.popleft())
        standing = [other for other in standing if each.time_us < other[1] + _SLACK_US]
        if not any(_on_one_row(box, each.box) for _, _, box in standing):
            picture = jpeg(each.picture) if pictures else b""
            found.append(Glimpse(each.time_us, each.box, picture))
    return found


def _boxes(cue: Cue, size: tuple[int, int]) -> list[Box]:
    """Where the lines of a cue stand, in px."""
    width, height = size
    return [
        Box(box.x0 * width, box.y0 * height, box.x1 * width, box.y1 * height)
        for box in cue.proof.boxes or (cue.place,)
    ]


def _on_one_row(a: Box, b: Box) -> bool:
    width, height = a.overlap(b)
    return width > 0 and height > _SAME_ROW * min(a.height, b.height)
