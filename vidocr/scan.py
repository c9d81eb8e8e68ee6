"""Where to look: pairs of stills from all over a film are searched for text, and vote."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import chain

import numpy as np

from vidocr.engines import TextDetector
from vidocr.model import US_PER_S, Box, Frame, Region, VideoInfo
from vidocr.options import Options
from vidocr.stages import regions as places
from vidocr.stages.columns import lying
from vidocr.stages.sightings import Pair, Sighting, sightings
from vidocr.stages.video import stills

_SCAN_THREADS = 2
_LONG_US = 60 * US_PER_S
_WIDER_SCAN = 4
_MISSED_LEAST = 3  # sightings that make a second pass over the film worth its time
_LEAST_COLUMNS = 3  # as dear, and signs hang upright, too
_UNKNOWN_STEP_US = 5 * US_PER_S  # between stills where the film's length is not known


class Scan:
    """A look at a film here and there.

    Args:
        video: the film.
        options: which stretch and places, and how many pairs of stills.
        detector: finds text.
    """

    def __init__(self, video: VideoInfo, options: Options, detector: TextDetector) -> None:
        self._video = video
        self._options = options
        self._detector = detector
        self._size = (video.width, video.height)

    def look(self) -> tuple[tuple[Region, ...], list[Sighting], int]:
        """Regions, what was seen in the stills, and how many pairs were looked at."""
        wanted = self._options.scan_pairs
        seen, pairs = self._sightings(self._times(wanted))
        if self._options.regions:
            return self._given(seen), seen, pairs
        regions = self._vote(seen, pairs)
        wider = _WIDER_SCAN * wanted
        if not regions and self.span_us() > wider * US_PER_S:
            more, looked = self._sightings(self._times(wider))
            seen += more
            pairs += looked
            regions = self._vote(seen, pairs)
        return regions, seen, pairs

    def span_us(self) -> int:
        """How long the stretch is that is looked at; 0 where that is not known."""
        end_us = self._options.end_us or self._video.duration_us or 0
        return max(0, min(end_us, self._video.duration_us or end_us) - self._options.start_us)

    def _times(self, pairs: int) -> list[int]:
        step_us = self.span_us() / pairs if self._video.duration_us else _UNKNOWN_STEP_US
        return [self._options.start_us + int((n + 0.5) * step_us) for n in range(pairs)]

    def _sightings(self, times_us: Sequence[int]) -> tuple[list[Sighting], int]:
        """What stands in pairs of stills near these times, and how many pairs there were."""
        jobs = _SCAN_THREADS if self.span_us() >= _LONG_US else 1  # short films take one pass
        stop = threading.Event()
        with ThreadPoolExecutor(jobs, "scan") as pool:
            try:
                shares = [times_us[job::jobs] for job in range(jobs)]
                found = dict(chain(*pool.map(partial(self._seen_near, stop), shares)))
            finally:
                stop.set()
        seen = [sighting for time_us in sorted(found) for sighting in found[time_us]]
        return seen, len(found)

    def _seen_near(
        self, stop: threading.Event, times_us: Sequence[int]
    ) -> list[tuple[int, list[Sighting]]]:
        """What stands in each pair of stills, with the time of the first."""
        found = []
        for first, second in stills(self._video.path, times_us):
            if stop.is_set():
                break
            seen = sightings(self._pair(first, second), self._detector)
            found.append((first.start_us, seen))
        return found

    def _pair(self, first: Frame, second: Frame) -> Pair:
        assert first.whole is not None and second.whole is not None
        return Pair(
            first.whole, second.whole, self._video.width / first.whole.shape[1], first.start_us
        )

    def _vote(self, seen: Sequence[Sighting], pairs: int, least: int = 1) -> tuple[Region, ...]:
        tallest = self._options.max_line_height
        return places.vote(seen, self._size, pairs, tallest, least=least)

    def columns(self, seen: Sequence[Sighting], pairs: int, film_us: int = 0) -> tuple[Region, ...]:
        """Places of upright columns, in px of the picture turned to its left.

        Args:
            seen: in stills of the film.
            pairs: of them in the scan.
            film_us: how much of the film was looked at since then.
        """
        width, height = self._size
        lines = [each.lying(width) for each in seen if each.is_column]
        if self._options.regions:
            return tuple(self._named_columns(lines))
        tallest = self._options.max_line_height * min(1.0, height / width)
        looks = pairs + self._audits(film_us)
        return places.vote(
            lines, (height, width), looks, tallest, least=_LEAST_COLUMNS, alike=places.COLUMNS
        )

    def _named_columns(self, lines: Sequence[Sighting]) -> Iterator[Region]:
        """What the user named, turned to the left, where columns were seen in it."""
        for region in self._given(()):
            area = lying(region, self._video.width)
            box = Box(area.x, area.y, area.x + area.width, area.y + area.height)
            inside = [line for line in lines if places.is_in(line, box)]
            if len(inside) >= _LEAST_COLUMNS and places.different_texts(inside):
                height = float(np.median([line.box.height for line in inside]))
                yield replace(area, line_height=height)

    def _given(self, seen: Sequence[Sighting]) -> tuple[Region, ...]:
        areas = [region.resolve(*self._size) for region in self._options.regions]
        return tuple(places.given(area, seen, self._video.height) for area in areas)

    def missed(
        self, regions: tuple[Region, ...], seen: Sequence[Sighting], pairs: int, film_us: int
    ) -> tuple[Region, ...]:
        """Places where text changed outside of the regions that were followed for ``film_us``."""
        if self._options.regions:
            return ()
        outside = [s for s in seen if not places.holds(regions, s.box)]
        least = _MISSED_LEAST if regions else 2
        return self._vote(outside, pairs + self._audits(film_us), least)

    def _audits(self, film_us: int) -> int:
        return film_us // int(self._options.audit_s * US_PER_S)
