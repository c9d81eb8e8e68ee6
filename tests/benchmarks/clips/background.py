"""What stands or moves behind the subtitles."""

from __future__ import annotations

from itertools import pairwise

from tests.backdrops import (
    cuts,
    flat,
    footage,
    gradient,
    grain,
    landscape,
    snow,
)
from tests.benchmarks.clips.case import Case, spoken
from tests.benchmarks.clips.grounds import bright, flicker, page
from tests.clips import BOXED, PLAIN, Overlay, Place, Style
from tests.distractors import sign
from tests.kinds import CALM, CHINESE, FULL, HOME, TRIP, WORK

SLIDES = (
    "Harbour works\n1  Dredging\n2  New quay",
    "Costs by year\nStone: 4 million\nSteel: 7 million",
    "What comes next\nA survey in May\nA vote in June",
    "Questions?",
)
SLIDE_STYLE = Style(0.07, (30, 40, 70), None)


def slides(every_s: float = 2.7) -> tuple[Overlay, ...]:
    """Slides of a talk, one after the other."""
    marks = [every_s * number for number in range(len(SLIDES) + 1)]
    place = Place(0.5, 0.12, hangs=True)
    return tuple(
        sign(text, start, end, place, SLIDE_STYLE)
        for text, (start, end) in zip(SLIDES, pairwise(marks), strict=True)
    )


def _case(value: str, kind: str, lang: str = "en") -> Case:
    variant = "" if kind == value else kind
    return Case("background", value, FULL[kind], variant, lang=lang)


CASES = (
    Case("background", "static", spoken(CALM, flat())),
    Case("background", "static", spoken(CHINESE[:4], gradient()), "gradient", lang="zh"),
    _case("footage", "footage"),
    Case("background", "footage", spoken(TRIP, landscape(2)), "landscape"),
    Case("background", "footage", spoken(HOME, footage(14, speed=0.3)), "fast"),
    Case("background", "grain", spoken(TRIP, grain(footage(2), 14.0))),
    Case("background", "grain", spoken(HOME, grain(flat((24, 26, 32)), 20.0)), "night"),
    _case("cuts", "cuts"),
    Case("background", "cuts", spoken(CALM, cuts(0.6, footage, seed=21)), "fast cuts"),
    _case("snow", "snow"),
    Case("background", "snow", spoken(TRIP, snow(900)), "blizzard"),
    _case("texture", "busy"),
    _case("texture", "strokes"),
    Case("background", "texture", spoken(WORK, page(), Style(bold=True)), "page"),
    Case("background", "texture", spoken(HOME, page(speed=0.02), BOXED), "moving page"),
    _case("slides", "slide"),
    Case(
        "background",
        "slides",
        spoken(WORK[:4], flat((226, 230, 236)), overlays=slides()),
        "four slides",
    ),
    Case("background", "bright", spoken(CALM, bright(landscape(4)))),
    Case("background", "bright", spoken(TRIP, flat((222, 224, 228)), PLAIN), "white on grey"),
    Case("background", "flicker", spoken(HOME, flicker(footage(17)))),
)
