"""Kinds of clips on which finding subtitles is hard, each small and with exact truth."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

from tests.backdrops import (
    busy,
    cuts,
    flat,
    footage,
    gradient,
    grain,
    landscape,
    letterbox,
    snow,
    strokes,
)
from tests.clips import (
    BOTTOM,
    BOXED,
    PLAIN,
    TOP,
    UPPER_THIRD,
    WHITE,
    YELLOW_ITALIC,
    Clip,
    Place,
    Style,
    Text,
)
from tests.distractors import clock, credit_roll, logo, page_number, sign, ticker
from tests.encoding import Encoding

CALM = ("The lake was calm that day.", "We took the small boat out.", "Nobody said a word.",
        "Then the wind came back.")  # fmt: skip
TRIP = ("Have you packed your bags?", "The bus leaves in an hour.", "I can not find my coat.",
        "Look behind the door.")  # fmt: skip
WORK = ("The report is on your desk.", "Please read it before lunch.", "Who wrote the last page?",
        "It was not me.", "Then we must ask the others.")  # fmt: skip
HOME = ("Dinner is almost ready.", "Wash your hands first.", "Where is your brother?",
        "He is still at school.")  # fmt: skip
CHINESE = ("你昨天晚上去哪里了", "我在图书馆看书", "为什么没有给我打电话", "对不起我忘记了",
           "没关系我们回家吧")  # fmt: skip
ROOMS = ("Room 214 is free now.", "Room 215 is free now.", "Room 275 is free now.",
         "Take the left stairs.", "Take the lift stairs.", "今天是星期五",
         "今天是星期六")  # fmt: skip


def row(
    sentences: Sequence[str],
    style: Style = WHITE,
    place: Place = BOTTOM,
    first: int = 10,
    stand: int = 46,
    gap: int = 8,
    fade: int = 0,
) -> tuple[Text, ...]:
    """Sentences one after the other, each for ``stand`` frames, ``gap`` frames between them."""
    starts = range(first, first + len(sentences) * (stand + gap), stand + gap)
    return tuple(
        Text(start, start + stand, sentence, style, place, fade, fade)
        for start, sentence in zip(starts, sentences, strict=True)
    )


MEDIUM, SMALL = (960, 540), (640, 360)
LARGER = Style(size=0.068)  # legible in a picture of 360 rows
CREDITS = ("Directed by", "Anna Berg", "", "Camera", "Paul Weiss", "", "Music", "Lena Holm")
NEWS = "Ferry strike enters third week  +  Prices of bread fall again  +  Storm due on Sunday  +  "
UNEVEN = tuple(accumulate((Fraction(1 + (i * i) % 3, 50) for i in range(280)), initial=Fraction(0)))

STRIP = Clip((1120, 90), 9.2, footage(4), row(CALM, Style(size=0.5)))
PORTRAIT = Clip((432, 768), 9.2, landscape(2), row(TRIP, Style(size=0.03), UPPER_THIRD))
TURNED = Clip((360, 640), 9.2, footage(8), row(HOME, Style(size=0.036)), rotation=90)
TOP_BOTTOM = Clip(
    MEDIUM,
    9.2,
    landscape(3),
    row(CALM) + row(TRIP[:3], YELLOW_ITALIC, TOP, first=30, stand=50, gap=20),
)
CUTS = Clip(MEDIUM, 11.4, cuts(2.0, footage, seed=3), row(WORK))
BUSY = Clip(MEDIUM, 9.2, busy(), row(HOME, Style(bold=True)))
GLYPH = Clip(SMALL, 12.2, landscape(1), row(ROOMS, LARGER, stand=41, gap=0))
SIDES = Clip(
    SMALL,
    9.2,
    footage(19),
    tuple(
        row([sentence], LARGER, Place(x), first=10 + 54 * number)[0]
        for number, (sentence, x) in enumerate(zip(HOME, (0.35, 0.65, 0.4, 0.62), strict=True))
    ),
)
WHITE_ON_GREY = Clip(SMALL, 9.2, flat((220, 222, 226)), row(CALM, Style(0.068, outline=None)))

EXTRA_KINDS = {
    "strip": STRIP,
    "portrait": PORTRAIT,
    "turned": TURNED,
    "top and bottom": TOP_BOTTOM,
    "cuts": CUTS,
    "busy": BUSY,
    "one glyph": GLYPH,
    "sides": SIDES,
    "white on grey": WHITE_ON_GREY,
}

QUICK = {
    "footage": Clip((1280, 720), 11.4, grain(footage(6, speed=0.12), 4), row(WORK)),
    "cuts": CUTS,
    "busy": BUSY,
    "ticker": Clip(MEDIUM, 11.4, footage(7), row(CHINESE), (logo(), ticker(NEWS))),
    "portrait": PORTRAIT,
    "strip": STRIP,
    "one glyph": GLYPH,
    "top and bottom": TOP_BOTTOM,
    "no subtitles": Clip(SMALL, 6, cuts(2.0, footage, seed=5), (), (logo(), clock())),
}

HEVC = Encoding("libx265", options={"preset": "fast", "crf": "24", "x265-params": "log-level=none"})
FULL = QUICK | {
    "turned": TURNED,
    "snow": Clip(MEDIUM, 9.2, snow(), row(CALM, PLAIN)),
    "strokes": Clip(MEDIUM, 9.2, strokes(), row(TRIP, BOXED)),
    "fades": Clip(MEDIUM, 9.2, grain(landscape(5)), row(HOME, YELLOW_ITALIC, fade=5)),
    "two languages": Clip(
        MEDIUM,
        9.2,
        footage(9),
        row([f"{c}\n{e}" for c, e in zip(CHINESE, CALM, strict=False)]),
        encoding=HEVC,
    ),
    "variable rate": Clip(SMALL, 0, landscape(4), row(WORK, LARGER), times=UNEVEN),
    "50 fps": Clip(
        MEDIUM, 9.2, footage(11), row(TRIP, stand=92, gap=16, first=20), fps=Fraction(50)
    ),
    "clock": Clip(MEDIUM, 9.2, landscape(6), row(CALM), (clock(),)),
    "slide": Clip(
        MEDIUM,
        11.4,
        gradient(),
        row(WORK),
        (sign("Results of the year\nSales rose by 4 percent", 2, 9, Place(0.5, 0.4)),),
    ),
    "page number": Clip(MEDIUM, 9.2, landscape(7), row(TRIP), (page_number(),)),
    "credits": Clip(MEDIUM, 11, landscape(9), row(HOME[:2]), (credit_roll(CREDITS, 4.5),)),
    "shop sign": Clip(
        MEDIUM,
        9.2,
        footage(12),
        row(CALM),
        (sign("BAKERY", 3, 6, Place(0.3, 0.6), Style(0.09, (220, 40, 30), None, bold=True)),),
    ),
    "letterbox": Clip(MEDIUM, 11.4, letterbox(footage(13)), row(CHINESE, place=Place(y=0.975))),
    "short": Clip(MEDIUM, 6, landscape(8), row(HOME * 2, stand=12, gap=4)),
}
