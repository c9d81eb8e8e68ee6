from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cue_lists import CLOCKS_US, MIDDLE, TIMES, TOP, cue_lists
from vidocr import tracks
from vidocr.errors import UsageError
from vidocr.model import Box, Cue, Position
from vidocr.tracks.places import Side, side_of, x_of
from vidocr.tracks.rounding import writable
from vidocr.tracks.turns import in_turn


def said(cues: list[Cue]) -> list[tuple[int, int, tuple[str, ...]]]:
    return [(cue.start_us, cue.end_us, cue.lines) for cue in cues]


def test_the_formats_that_can_be_read_again_are_those_with_times() -> None:
    assert tracks.formats() == ("srt", "vtt", "ass", "txt", "json")
    assert tracks.readable_formats() == tuple(CLOCKS_US)


@pytest.mark.parametrize("format", tracks.readable_formats())
@given(cues=cue_lists())
def test_what_is_written_reads_the_same(format: str, cues: list[Cue]) -> None:
    text = tracks.render(cues, format)
    again = tracks.parse(text, format)
    written = writable(cues, CLOCKS_US[format])

    assert said(again) == said(written)
    tops = [cue.position is Position.TOP for cue in written]
    assert [cue.position is Position.TOP for cue in again] == tops
    assert tracks.render(again, format) == text


@pytest.mark.parametrize("clock_us", sorted(set(CLOCKS_US.values())))
@given(cues=cue_lists())
def test_rounding_keeps_order_gaps_and_shared_boundaries(clock_us: int, cues: list[Cue]) -> None:
    ordered = sorted(cues, key=lambda cue: cue.start_us)
    rounded = writable(cues, clock_us)

    assert [cue.lines for cue in rounded] == [cue.lines for cue in ordered]
    assert all(cue.start_us >= 0 for cue in rounded)
    assert all(cue.end_us - cue.start_us >= clock_us for cue in rounded)
    assert all(time % clock_us == 0 for cue in rounded for time in (cue.start_us, cue.end_us))
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


@pytest.mark.parametrize("format", ["srt", "vtt", "ass"])
@pytest.mark.parametrize(
    "breaker", ["\n", "\r\n", "\n\n", "\x0b", "\x85", "\u2028", "\0", "\ud800"]
)
def test_a_line_stays_one_line_and_the_text_can_be_encoded(format: str, breaker: str) -> None:
    text = tracks.render([Cue(0, 1_000_000, (f"a{breaker}b", breaker))], format)

    (cue,) = tracks.parse(text.encode().decode(), format)
    assert [line.split() for line in cue.lines] == [["a", "b"]]


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("srt", "1\n00:00:02,000 --> 00:00:01,000\na\n\n"),
        ("vtt", "WEBVTT\n\n00:02.000 --> 00:02.000\na\n"),
        ("ass", "[Events]\nDialogue: 0,0:00:02.00,0:00:01.00,Default,,0,0,0,,a\n"),
        ("json", tracks.render([CUES[2]], "json").replace("360001000000", "1")),
    ],
)
def test_cues_that_end_before_they_begin_are_refused(format: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"cue 1 begins at .* s and doesn't end after that"):
        tracks.parse(text, format)


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("srt", "\ufeff1\r\n00:00:01,000 --> 00:00:02,000\r\n \r\n\r\n"),
        ("srt", "\ufeff1\r\n00:00:01,000 --> 00:00:02,000\r\n{\\an8}\r\n\r\n"),
        ("vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n<b></b>\n"),
        ("ass", "\ufeff[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\b1}\n"),
    ],
)
def test_cues_without_text_are_left_out(format: str, text: str) -> None:
    assert tracks.parse(text, format) == []


def test_srt_of_others_is_read() -> None:
    text = (
        "\ufeff1\r\n00:00:01,000 --> 00:00:02,000\r\n- מה?\r\n\r\n5\r\n\r\n"
        "2\r\n00:00:02.500 --> 00:00:03.000\r\n{\\an8}  <i>b</i>\r\n"
    )
    assert said(tracks.parse(text, "srt")) == [
        (1_000_000, 2_000_000, ("- מה?", "5")),
        (2_500_000, 3_000_000, ("<i>b</i>",)),
    ]
    assert tracks.parse(text, "srt")[1].position is Position.TOP


def test_a_text_that_looks_like_times_or_tags_is_guarded_and_no_other() -> None:
    lines = ("at 12:30:00", "00:00:01,000 --> 00:00:02,000", r"{\an8}", "{a}", r"C:\Name\x")
    text = tracks.render([Cue(0, 1_000_000, lines)], "srt")

    assert text.splitlines()[2:7] == [
        "at 12:30:00",
        "00\u2060:00\u2060:01\u2060,000 --> 00\u2060:00\u2060:02\u2060,000",
        "{\u2060\\an8}",
        "{a}",
        "C:\\\u2060Name\\x",
    ]


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


@given(st.floats(0, 1), st.floats(0, 1))
def test_vtt_keeps_the_side(first: float, second: float) -> None:
    cue = replace(CUES[2], place=Box(min(first, second), 0.8, max(first, second), 0.9))
    text = tracks.render([cue], "vtt")

    (again,) = tracks.parse(text, "vtt")

    side = side_of(cue.place)
    assert side_of(again.place) is side
    if side is Side.CENTRE:
        assert "position" not in text and "align" not in text
    else:
        assert x_of(again.place, side) == pytest.approx(x_of(cue.place, side), abs=0.0101)
        assert f"align:{side.value}" in text
    assert tracks.render([again], "vtt") == text


@pytest.mark.parametrize(
    ("place", "settings"),
    [
        (Box(0.1, 0.85, 0.4, 0.95), " position:10% align:left"),
        (Box(0.6, 0.05, 0.9, 0.15), " line:5% position:90% align:right"),
        (Box(0.3, 0.85, 0.72, 0.95), ""),
    ],
)
def test_vtt_tells_the_outer_edge_of_cues_that_are_not_centred(place: Box, settings: str) -> None:
    text = tracks.render([replace(CUES[2], place=place)], "vtt")
    assert f"100:00:01.000{settings}\n" in text


@pytest.mark.parametrize(
    ("settings", "x"),
    [
        ("align:start", (0, 0)),
        ("align:end size:50%", (1, 1)),
        ("position:20%,line-left align:left", (0.2, 0.2)),
        ("position:30%", (0.3, 0.3)),
        ("position:50% align:center", (0.1, 0.9)),
        ("line:-1 align:center", (0.1, 0.9)),
    ],
)
def test_vtt_settings_of_others(settings: str, x: tuple[float, float]) -> None:
    (cue,) = tracks.parse(f"WEBVTT\n\n00:01.000 --> 00:02.000 {settings}\na\n", "vtt")
    assert (cue.place.x0, cue.place.x1) == pytest.approx(x)
    assert (cue.place.y0, cue.place.y1) == (0.85, 0.95)


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


@pytest.mark.parametrize(
    "text",
    [
        "WEBVTT\n\n00:01.000-->00:02.000\na\n",
        "WEBVTT\n\n1:00:01.000 --> 1:00:02.000\na\n",
        "WEBVTT\n\n00:00:01,000 --> 00:00:02,000\na\n",
        "WEBVTT\n00:01.000 --> 00:02.000\na\n",
        "WEBVTT\n\nNOTE a\n1 --> 2\n\n 00:01.000 --> 00:02.000\na\n",
    ],
)
def test_no_cue_of_a_careless_vtt_is_lost(text: str) -> None:
    (cue,) = tracks.parse(text, "vtt")
    assert cue.lines == ("a",)
    assert cue.end_us - cue.start_us == 1_000_000


def test_a_vtt_with_times_that_are_none_is_refused() -> None:
    with pytest.raises(ValueError, match="'00:01 --> 00:02' are no times"):
        tracks.parse("WEBVTT\n\n00:01 --> 00:02\na\n", "vtt")


@pytest.mark.parametrize("format", tracks.readable_formats())
def test_what_is_no_track_is_refused(format: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        tracks.parse("nothing of the kind", format)


def test_unknown_format_names_the_known() -> None:
    with pytest.raises(UsageError, match="doc: unknown format.*srt, vtt"):
        tracks.render([], "doc")


def test_plain_text_has_a_paragraph_for_each_cue_and_is_not_read() -> None:
    assert tracks.render(reversed(CUES[1:]), "txt") == "Mitte\n\n字幕\n"
    assert tracks.render([Cue(0, 1, ("a", "", "b\n\nc"))], "txt") == "a\nb  c\n"
    assert tracks.render([], "txt") == ""
    with pytest.raises(ValueError, match="txt holds no times.*give one of srt, vtt, ass, json"):
        tracks.parse("a\n", "txt")


@given(cues=cue_lists())
def test_in_turn_all_is_shown_when_it_was_and_nothing_else(cues: list[Cue]) -> None:
    ordered = writable(cues)
    turns = in_turn(ordered)

    for before, after in zip(turns, turns[1:], strict=False):
        assert before.start_us < before.end_us <= after.start_us
    for turn in turns:
        shown = [c for c in ordered if c.start_us <= turn.start_us and turn.end_us <= c.end_us]
        assert sorted(turn.lines) == sorted(line for cue in shown for line in cue.lines)
    assert sum(len(t.lines) * (t.end_us - t.start_us) for t in turns) == sum(
        len(c.lines) * (c.end_us - c.start_us) for c in ordered
    )


def test_in_turn_the_uppermost_is_first_and_what_stands_alone_is_left_as_it_is() -> None:
    below, above, alone = (
        Cue(0, 2, ("below",)),
        Cue(0, 2, ("above",), TOP),
        Cue(3, 4, ("alone",), TOP, 0.5),
    )
    assert in_turn([below, above, alone]) == [Cue(0, 2, ("above", "below")), alone]
