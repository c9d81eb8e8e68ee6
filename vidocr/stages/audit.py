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
) -> Iterator[Frame]:
    """Pass ``frames`` on; note in ``found`` what stands outside of ``regions``.

    Args:
        frames: their whole pictures come in pairs, a moment apart.
        regions: where lines are followed already.
        detector: finds text.
        width: of the picture in px.
        found: grows by what is seen.
    """
    first: Luma | None = None
    for frame in frames:
        if frame.whole is not None:
            if first is None:
                first = frame.whole
            else:
                pair = Pair(first, frame.whole, width / first.shape[1])
                found += sightings(pair, detector, regions)
                first = None
        yield frame
