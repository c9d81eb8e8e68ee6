from dataclasses import replace

import pytest
import srt
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from vidocr import tracks
from vidocr.errors import UsageError
from vidocr.model import Box, Cue, Position
from vidocr.tracks.rounding import writable

TOP = Box(0.1, 0.05, 0.9, 0.15)
MIDDLE = Box(0.2, 0.45, 0.8, 0.55)
BOTTOM = Box(0.1, 0.85, 0.9, 0.95)

# Any text without control characters and separators; `writable` is what takes those away.
LINES = (
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool)
)
TIMES = st.integers(0, 3 * 3_600_000_000)


@st.composite
def cue_lists(draw: st.DrawFn) -> list[Cue]:
    """Cues of any length and overlap, with many of less than a millisecond."""
    cues = []
    start = draw(TIMES)
    for _ in range(draw(st.integers(0, 8))):
        end = start + draw(st.integers(1, 2500) | st.integers(1, 5_000_000))
        lines = tuple(draw(st.lists(LINES, min_size=1, max_size=3)))
        cues.append(Cue(start, end, lines, place=draw(st.sampled_from((TOP, MIDDLE, BOTTOM)))))
        start = draw(st.just(end) | st.just(start) | st.integers(end, end + 2000))
    return cues


def said(cues: list[Cue]) -> list[tuple[int, int, tuple[str, ...]]]:
    return [(cue.start_us, cue.end_us, cue.lines) for cue in cues]


@pytest.mark.parametrize("format", tracks.formats())
@given(cues=cue_lists())
def test_what_is_written_reads_the_same(format: str, cues: list[Cue]) -> None:
    text = tracks.render(cues, format)
    again = tracks.parse(text, format)

    assert said(again) == said(writable(cues))
    tops = [cue.position is Position.TOP for cue in writable(cues)]
    assert [cue.position is Position.TOP for cue in again] == tops
    assert tracks.render(again, format) == text


@given(cues=cue_lists())
def test_rounding_keeps_order_gaps_and_shared_boundaries(cues: list[Cue]) -> None:
    ordered = sorted(cues, key=lambda cue: cue.start_us)
    rounded = writable(cues)

    assert [cue.lines for cue in rounded] == [cue.lines for cue in ordered]
    assert all(cue.end_us - cue.start_us >= 1000 for cue in rounded)
    assert all(time % 1000 == 0 for cue in rounded for time in (cue.start_us, cue.end_us))
    for before, after in zip(ordered, rounded, strict=True):
        for other_before, other_after in zip(ordered, rounded, strict=True):
            if before.end_us <= other_before.start_us:
                assert after.end_us <= other_after.start_us
            if before.end_us == other_before.start_us:
                assert after.end_us == other_after.start_us


@given(st.lists(st.tuples(TIMES, st.integers(1000, 9_000_000)), max_size=8))
def test_cues_of_a_millisecond_and_longer_get_the_nearest_times(
    times: list[tuple[int, int]],
) -> None:
    cues = [Cue(start, start + length, ("a",)) for start, length in sorted(times)]

    for cue, rounded in zip(cues, writable(cues), strict=True):
        assert abs(cue.start_us - rounded.start_us) <= 500
        assert abs(cue.end_us - rounded.end_us) <= 500


def test_each_cue_of_a_chain_below_a_millisecond_lasts_one() -> None:
    cues = [Cue(100 * n, 100 * (n + 1), (str(n),)) for n in range(4)]

    assert said(writable(cues)) == [(n * 1000, (n + 1) * 1000, (str(n),)) for n in range(4)]


@given(cues=cue_lists())
def test_srt_is_read_by_the_srt_package(cues: list[Cue]) -> None:
    subtitles = list(srt.parse(tracks.render(cues, "srt")))

    assert [s.index for s in subtitles] == list(range(1, len(cues) + 1))
    assert [s.content.removeprefix(r"{\an8}") for s in subtitles] == [
        cue.text for cue in writable(cues)
    ]


@given(cues=cue_lists())
def test_vtt_is_read_by_webvtt(cues: list[Cue]) -> None:
    captions = webvtt.from_string(tracks.render(cues, "vtt")).captions

    assert [_ms(caption.start) for caption in captions] == [
        cue.start_us // 1000 for cue in writable(cues)
    ]
    assert [_ms(caption.end) for caption in captions] == [
        cue.end_us // 1000 for cue in writable(cues)
    ]


def _ms(timestamp: str) -> int:
    hours, minutes, seconds = timestamp.split(":")
    return (int(hours) * 60 + int(minutes)) * 60_000 + int(seconds.replace(".", ""))


CUES = [
    Cue(1_000_499, 2_000_500, ("AT&T <b>", "a --> b"), place=TOP),
    Cue(3_661_000_000, 3_662_000_000, ("Mitte",), place=MIDDLE),
    Cue(360_000_000_000, 360_001_000_000, ("字幕",)),
]


def test_srt_text() -> None:
    assert tracks.render(CUES, "srt") == (
        "1\n00:00:01,000 --> 00:00:02,001\n{\\an8}AT&T <b>\na --> b\n\n"
        "2\n01:01:01,000 --> 01:01:02,000\nMitte\n\n"
        "3\n100:00:00,000 --> 100:00:01,000\n字幕\n\n"
    )


def test_vtt_text() -> None:
    assert tracks.render(CUES, "vtt") == (
        "WEBVTT\n"
        "\n00:00:01.000 --> 00:00:02.001 line:5%\nAT&amp;T &lt;b&gt;\na --&gt; b\n"
        "\n01:01:01.000 --> 01:01:02.000 line:45%\nMitte\n"
        "\n100:00:00.000 --> 100:00:01.000\n字幕\n"
    )


@pytest.mark.parametrize(("format", "text"), [("srt", ""), ("vtt", "WEBVTT\n")])
def test_track_without_cues(format: str, text: str) -> None:
    assert tracks.render([], format) == text
    assert tracks.parse(text, format) == []


@pytest.mark.parametrize("format", tracks.formats())
@pytest.mark.parametrize(
    "breaker", ["\n", "\r\n", "\n\n", "\x0b", "\x85", "\u2028", "\0", "\ud800"]
)
def test_a_line_stays_one_line_and_the_text_can_be_encoded(format: str, breaker: str) -> None:
    text = tracks.render([Cue(0, 1_000_000, (f"a{breaker}b", breaker))], format)

    (cue,) = tracks.parse(text.encode().decode(), format)
    assert [line.split() for line in cue.lines] == [["a", "b"]]


def test_a_cue_before_time_zero_moves_to_it() -> None:
    assert said(writable([Cue(-40_000, 5_000, ("a",))])) == [(0, 5_000, ("a",))]


def test_cues_are_written_by_their_start() -> None:
    swapped = [CUES[2], CUES[0], CUES[1]]

    assert tracks.render(swapped, "vtt") == tracks.render(CUES, "vtt")


@given(st.floats(0, 1), st.floats(0, 0.2))
def test_vtt_keeps_the_top_edge(top: float, height: float) -> None:
    cue = replace(CUES[0], place=Box(0.1, top, 0.9, min(1.0, top + height)))

    (again,) = tracks.parse(tracks.render([cue], "vtt"), "vtt")

    if cue.position is Position.BOTTOM:
        assert again.position is Position.BOTTOM
    else:
        assert again.place.y0 == pytest.approx(cue.place.y0, abs=0.0101)
        assert again.position is not Position.BOTTOM


def test_vtt_of_others_is_read() -> None:
    text = (
        "\ufeffWEBVTT - made elsewhere\r\nKind: captions\r\n\r\nNOTE\r\na note\r\n\r\n"
        "STYLE\r\n::cue {}\r\n\r\nfirst\r\n00:01.000 --> 00:02.500 align:left line:10%\r\n"
        "<v Ann>Hi &amp; <i>bye</i>\r\n\r\n\r\n01:00:00.000 --> 01:00:01.000\r\nlast\r\n"
    )

    first, last = tracks.parse(text, "vtt")

    assert (first.start_us, first.end_us, first.lines) == (1_000_000, 2_500_000, ("Hi & bye",))
    assert first.position is Position.TOP
    assert last.start_us == 3_600_000_000


@pytest.mark.parametrize("format", tracks.formats())
def test_what_is_no_track_is_refused(format: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        tracks.parse("nothing of the kind", format)


def test_unknown_format_names_the_known() -> None:
    with pytest.raises(UsageError, match="doc: unknown format.*srt, vtt"):
        tracks.render([], "doc")
