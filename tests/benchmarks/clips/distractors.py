"""Text in the picture that is no subtitle."""

from __future__ import annotations

from tests.backdrops import cuts, footage, landscape
from tests.benchmarks.clips.case import Case, spoken
from tests.clips import Clip, Place, Style
from tests.distractors import (
    BESIDE,
    bug,
    clock,
    credit_roll,
    logo,
    sign,
    ticker,
    timecode,
)
from tests.kinds import CALM, CREDITS, FULL, HOME, MEDIUM, NEWS, SMALL, TRIP, WORK

STREET = (
    sign("OPEN", 1.0, 3.2, Place(0.2, 0.5), Style(0.06, (30, 80, 160), None, bold=True), 0.05),
    sign("Hotel Miramar", 4.0, 6.5, Place(0.7, 0.4), Style(0.07, (240, 200, 90), None), -0.04),
    sign("STATION", 7.0, 8.6, Place(0.4, 0.3), Style(0.08, (240, 240, 240), None), 0.06),
)
CORNER = Place(0.89, 0.93)
PLATE = sign(
    "PLATFORM 4", 2.0, 5.0, Place(0.13, 0.92), Style(0.05, (250, 190, 40), None, bold=True)
)
MARKET = sign("Market Street", 0.5, 2.5, Place(0.5, 0.6), Style(0.08, (230, 220, 160), None), 0.05)


def _case(value: str, kind: str, lang: str = "en") -> Case:
    return Case("distractors", value, FULL[kind], lang=lang)


CASES = (
    _case("ticker", "ticker", lang="zh"),
    Case(
        "distractors", "ticker", spoken(TRIP, landscape(2), overlays=(ticker(NEWS, speed=0.3),)),
        "fast",
    ),
    Case("distractors", "logo", spoken(CALM, footage(51), overlays=(logo(),))),
    Case(
        "distractors", "logo", spoken(HOME, landscape(4), overlays=(logo("NOVA", BESIDE),)),
        "beside",
    ),
    _case("clock", "clock"),
    Case(
        "distractors", "clock", spoken(WORK[:4], footage(52), overlays=(clock(CORNER),)), "beside"
    ),
    Case("distractors", "channel bug", spoken(TRIP, footage(53), overlays=(bug(),))),
    Case("distractors", "timecode", spoken(CALM, landscape(7), overlays=(timecode(),))),
    _case("credits", "credits"),
    Case(
        "distractors",
        "credits",
        Clip(MEDIUM, 9, landscape(3), (), (credit_roll(CREDITS, 1.0),)),
        "alone",
    ),
    _case("page number", "page number"),
    _case("shop sign", "shop sign"),
    Case(
        "distractors", "shop sign", spoken(HOME, footage(54), overlays=STREET), "street",
    ),
    Case("distractors", "shop sign", spoken(CALM, landscape(8), overlays=(PLATE,)), "low"),
    _case("no subtitles", "no subtitles"),
    Case(
        "distractors",
        "no subtitles",
        Clip(SMALL, 8, cuts(2.7, footage, seed=61), (), (*STREET, MARKET, bug(), ticker(NEWS))),
        "crowded",
    ),
)  # fmt: skip
