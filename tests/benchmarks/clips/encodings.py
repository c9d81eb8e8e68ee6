"""Containers, codecs, frame rates and shapes of pixels."""

from __future__ import annotations

from fractions import Fraction

from tests.backdrops import footage, grain, landscape
from tests.benchmarks.clips.case import Case, spoken
from tests.clips import Clip, Style
from tests.encoding import Encoding
from tests.kinds import CALM, FULL, HEVC, HOME, LARGER, SMALL, TRIP, WORK

QUIET = {"x265-params": "log-level=none"}
VP9 = Encoding(
    "libvpx-vp9", options={"deadline": "realtime", "cpu-used": "8", "crf": "32", "b": "0"}
)
VP8 = Encoding("libvpx", options={"deadline": "realtime", "cpu-used": "8", "b": "900k"})
AV1 = Encoding("libsvtav1", options={"preset": "10", "crf": "35"})
MPEG2 = Encoding("mpeg2video", gop=12, options={"b": "3500k"})
MPEG4 = Encoding("mpeg4", gop=100, options={"q": "4", "b": "1500k"})
MPEG2_FIELDS = Encoding(
    "mpeg2video", gop=12, options={"b": "6000k", "flags": "+ildct+ilme"}, interlaced=True
)
H264_FIELDS = Encoding(
    options={"preset": "veryfast", "crf": "20", "threads": "2", "x264-params": "tff=1"},
    interlaced=True,
)
HEVC_10 = Encoding(
    "libx265", "yuv420p10le", options={"preset": "ultrafast", "crf": "24"} | QUIET
)  # fmt: skip
H264_10 = Encoding(pix_fmt="yuv420p10le")
PRORES = Encoding("prores_ks", "yuv422p10le", options={"profile": "0"})
LATE = Encoding(offset_s=36_000)
WIDE_PIXELS = Encoding(pixel=Fraction(64, 45))
NARROW_PIXELS = Encoding(pixel=Fraction(8, 9))
FILM, NTSC, DOUBLE_NTSC = (Fraction(n * 1000, 1001) for n in (24, 30, 60))


def squeezed(crf: int) -> Encoding:
    """H.264 that has to do with few bits."""
    return Encoding(options={"preset": "veryfast", "crf": str(crf), "threads": "2"})


def _case(
    value: str,
    clip: Clip,
    variant: str = "",
    *,
    axis: str = "container",
    ending: str = "mp4",
) -> Case:
    return Case(axis, value, clip, variant, ending)


CONTAINERS = (
    _case("mp4", spoken(CALM, footage(71))),
    _case("mkv", spoken(TRIP, landscape(2)), ending="mkv"),
    _case("webm", spoken(HOME, footage(72), encoding=VP8), "VP8", ending="webm"),
    _case("avi", spoken(WORK[:4], landscape(3), encoding=MPEG4), ending="avi"),
    _case("ts", spoken(CALM, footage(73)), ending="ts"),
    _case("ts", spoken(TRIP, landscape(4), encoding=LATE), "10 hours late", ending="ts"),
    _case("mpg", spoken(HOME, footage(74), encoding=MPEG2), ending="mpg"),
    _case("mov", spoken(CALM, landscape(5), size=(854, 480), encoding=PRORES), ending="mov"),
)  # fmt: skip

CODECS = tuple(
    _case(value, clip, axis="codec", ending=ending)
    for value, clip, ending in (
        ("H.264", spoken(HOME, footage(75)), "mp4"),
        ("HEVC", spoken(TRIP, footage(76), encoding=HEVC), "mkv"),
        ("VP9", spoken(CALM, landscape(6), encoding=VP9), "webm"),
        ("AV1", spoken(HOME, footage(77), encoding=AV1), "mkv"),
        ("MPEG-2", spoken(WORK[:4], landscape(7), encoding=MPEG2), "ts"),
        ("MPEG-4", spoken(TRIP, footage(78), encoding=MPEG4), "mp4"),
    )
) + (
    _case("10 bits", spoken(CALM, landscape(8), encoding=HEVC_10), "HEVC", axis="codec",
          ending="mkv"),
    _case("10 bits", spoken(HOME, footage(79), encoding=H264_10), "H.264", axis="codec"),
    _case("few bits", spoken(WORK[:4], grain(footage(80)), LARGER, size=SMALL,
                             encoding=squeezed(36)), "360p", axis="codec"),
    _case("few bits", spoken(TRIP, landscape(9), LARGER, size=SMALL, encoding=squeezed(42)),
          "360p fewer", axis="codec"),
    _case("few bits", spoken(CALM, footage(81, speed=0.2), encoding=squeezed(38)), "540p",
          axis="codec"),
)  # fmt: skip

RATES = (
    Case("rate", "variable", FULL["variable rate"]),
    Case("rate", "23.976", spoken(TRIP, landscape(1), fps=FILM), ending="mkv"),
    Case("rate", "29.97", spoken(HOME, footage(82), fps=NTSC)),
    Case("rate", "50", FULL["50 fps"]),
    Case("rate", "59.94", spoken(CALM, landscape(2), stand=96, gap=16, fps=DOUBLE_NTSC)),
    Case("rate", "60", spoken(WORK[:4], footage(83), stand=96, gap=16, fps=Fraction(60))),
    Case("rate", "12", spoken(TRIP, footage(84), stand=24, gap=4, fps=Fraction(12))),
)

SHAPES = (
    Case("picture", "interlaced", spoken(TRIP, footage(85, speed=0.2), encoding=H264_FIELDS),
         "H.264"),
    Case("picture", "interlaced",
         spoken(CALM, landscape(3), size=(720, 576), encoding=MPEG2_FIELDS), "MPEG-2", "ts"),
    Case("picture", "anamorphic",
         spoken(HOME, landscape(4), size=(1024, 576), encoding=WIDE_PIXELS), "16:9"),
    Case("picture", "anamorphic",
         spoken(CALM, footage(86), size=(640, 480), encoding=NARROW_PIXELS), "4:3"),
    Case("picture", "rotated", FULL["turned"], "90"),
    Case("picture", "rotated",
         spoken(TRIP, footage(87), size=(640, 360), style=LARGER, rotation=180), "180"),
    Case("picture", "rotated",
         spoken(HOME, landscape(5), size=(360, 640), style=Style(0.036), rotation=270), "270"),
    Case("picture", "1080p", spoken(TRIP, landscape(6), size=(1920, 1080))),
)  # fmt: skip

CASES = CONTAINERS + CODECS + RATES + SHAPES
