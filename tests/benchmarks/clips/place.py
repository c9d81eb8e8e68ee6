"""Where in the picture the subtitles stand."""

from __future__ import annotations

from tests.backdrops import footage, landscape, letterbox
from tests.benchmarks.clips.case import Case, spoken
from tests.clips import TOP, Clip, Place, Style
from tests.kinds import CALM, FULL, HOME, MEDIUM, TRIP, WORK, row

TOP_BAR = Place(y=0.025, hangs=True)
SPEAKERS = tuple(
    row([sentence], place=Place(x), first=10 + 54 * number)[0]
    for number, (sentence, x) in enumerate(zip(WORK, (0.3, 0.7, 0.3, 0.72, 0.5), strict=True))
)
UP_AND_DOWN = row(CALM[:2]) + row(TRIP[:1], place=TOP, first=118) + row(HOME[:2], first=172)

CASES = (
    Case("place", "bottom", spoken(HOME, landscape(4))),
    Case("place", "bottom", spoken(CALM, footage(31), place=Place(y=0.985)), "at the edge"),
    Case("place", "top", spoken(TRIP, footage(32), place=TOP)),
    Case("place", "both", FULL["top and bottom"], "top and bottom"),
    Case("place", "both", Clip(MEDIUM, 11.6, footage(33), UP_AND_DOWN), "in turn"),
    Case("place", "letterbox", FULL["letterbox"], lang="zh"),
    Case(
        "place",
        "letterbox",
        spoken(TRIP, letterbox(landscape(8)), place=Place(y=0.975)),
        "English",
    ),
    Case("place", "letterbox", spoken(CALM, letterbox(footage(34)), place=TOP_BAR), "upper bar"),
    Case("place", "portrait third", FULL["portrait"], "upper"),
    Case(
        "place",
        "portrait third",
        spoken(HOME, footage(35), Style(0.03, bold=True), Place(y=0.7), size=(480, 854)),
        "lower",
    ),
    Case("place", "middle", spoken(TRIP, landscape(1), place=Place(y=0.55))),
    Case("place", "sides", Clip(MEDIUM, 11.6, footage(36), SPEAKERS)),
    Case("place", "strip", FULL["strip"]),
)
