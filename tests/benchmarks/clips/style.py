"""How the subtitles look."""

from __future__ import annotations

from tests.backdrops import Backdrop, footage, landscape
from tests.benchmarks.clips.case import Case, spoken
from tests.clips import BOXED, PLAIN, WHITE, Clip, Place, Style
from tests.kinds import CALM, CHINESE, FULL, HOME, TRIP, WORK

YELLOW = Style(fill=(255, 226, 64))
LONG = (
    "The old captain left the keys before dawn.\nNobody in town heard about it.",
    "My sister wrote a long letter last winter,\nand then she never sent it.",
    "Her lawyer found the map behind the house.\nIt showed the way to the bridge.",
    "That young doctor asked about you twice,\nbut I did not know what to say.",
)
SHORT = ("Yes.", "No!", "Why?", "I see.", "Go on.", "Stop.")
LOUD = ("STAY WHERE YOU ARE.", "WHO OPENED THE GATE?", "DO NOT MOVE.", "CALL THE GUARDS.")
UPRIGHT_CHINESE = ("你昨天晚上去\n哪里了", "我在图书馆看书", "为什么没有\n给我打电话", "我忘记了")
UPRIGHT_JAPANESE = ("昨日の夜は\nどこにいたの", "図書館で\n本を読んでいました", "ごめんなさい",
                    "駅前で待つ")  # fmt: skip
AT_THE_SIDE = Place(0.9, 0.08, hangs=True)
UPRIGHT = Style(0.062, upright=True)
UPRIGHT_JP = Style(0.062, upright=True, font="NotoSansCJKjp-subset.otf")


def _styled(sentences: tuple[str, ...], style: Style, backdrop: Backdrop | None = None) -> Clip:
    return spoken(sentences, backdrop or footage(22), style)


def _case(value: str, clip: Clip, variant: str = "") -> Case:
    return Case("style", value, clip, variant)


CASES = (
    _case("outline", _styled(CALM, WHITE)),
    _case("outline", _styled(HOME, Style(outline=(90, 30, 30), bold=True)), "red"),
    _case("plain white", _styled(TRIP, PLAIN, landscape(2))),
    _case("yellow", _styled(HOME, YELLOW)),
    _case("yellow", _styled(TRIP, Style(fill=(255, 226, 64), outline=None), landscape(7)), "plain"),
    _case("colours", _styled(CALM, Style(fill=(90, 230, 255))), "cyan"),
    _case("colours", _styled(CALM, Style(fill=(120, 240, 120))), "green"),
    _case("dark", _styled(HOME, Style(fill=(16, 16, 20), outline=(250, 250, 250)))),
    _case("box", _styled(WORK[:4], BOXED)),
    _case("box", _styled(CALM, Style(outline=None, box=1.0)), "black"),
    _case("translucent", _styled(HOME, Style(opacity=0.55)), "text"),
    _case("translucent", _styled(TRIP, Style(outline=None, box=0.35)), "box"),
    _case("translucent", _styled(CALM, Style(outline=None, box=0.6, opacity=0.6)), "both"),
    _case("italic", _styled(TRIP, Style(slant=True))),
    _case("italic", _styled(CALM, Style(font="DejaVuSerif-Italic.ttf")), "serif"),
    _case("serif", _styled(HOME, Style(font="DejaVuSerif.ttf"))),
    _case("condensed", _styled(WORK[:4], Style(font="DejaVuSansCondensed-Bold.ttf"))),
    _case("typewriter", _styled(TRIP, Style(font="DejaVuSansMono.ttf"))),
    _case("capitals", _styled(LOUD, Style(bold=True))),
    _case("small", _styled(CALM, Style(0.028))),  # 15 px
    _case("small", spoken(TRIP, footage(22), Style(0.036), size=(640, 360)), "360p"),  # 13 px
    _case("huge", _styled(("Come here.", "Too late!", "Who is it?", "Let go."), Style(0.14))),
    _case("one word", _styled(SHORT, WHITE)),
    _case("two lines", _styled(LONG, WHITE)),
    _case("two lines", spoken(LONG, landscape(3), Style(0.046, outline=None, box=0.6)), "boxed"),
    Case("style", "bilingual", FULL["two languages"], lang="zh"),
    Case(
        "style",
        "bilingual",
        spoken([f"{e}\n{c}" for c, e in zip(CHINESE, WORK, strict=True)], landscape(5), YELLOW),
        "English above",
        lang="zh",
    ),
    Case(
        "style",
        "upright",
        spoken(UPRIGHT_CHINESE, footage(23), UPRIGHT, AT_THE_SIDE),
        "Chinese",
        lang="zh",
    ),
    Case(
        "style",
        "upright",
        spoken(UPRIGHT_JAPANESE, landscape(6), UPRIGHT_JP, AT_THE_SIDE),
        "Japanese",
        lang="ja",
    ),
)  # fmt: skip
