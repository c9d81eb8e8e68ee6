"""Looks at whole pictures while the film is decoded, for places that the scan missed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from vidocr.model import Frame, Luma, Region, TextDetector
from vidocr.stages.sightings import Pair, Sighting, sightings


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
    first: tuple[int, Luma] | None = None
    for frame in frames:
        if frame.whole is not None:
            period = frame.start_us // period_us
            if first is not None and first[0] == period:
                pair = Pair(first[1], frame.whole, width / frame.whole.shape[1])
                found += sightings(pair, detector, regions)
                first = None
            else:
                first = period, frame.whole
        yield frame
