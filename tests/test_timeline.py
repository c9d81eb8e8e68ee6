from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_rows import FRAME_US, WORDS, box_for, row
from vidocr.model import Box, Cue, Position
from vidocr.report import Report
from vidocr.stages.rows import Row
from vidocr.stages.timeline import Judgement, timeline

MINUTE = 25 * 60
JUDGE = Judgement(
    size=(1280, 720),
    film_us=60_000_000,
    max_gap_us=80_000,
    static_share=0.6,
    min_support=0.15,
    min_duration_us=0,
)
SHORT = replace(JUDGE, film_us=6_000_000)
SENTENCES = (
    "The lake was calm that day.",
    "We took the small boat out.",
    "Nobody said a word.",
    "Then the wind came back.",
    "It was late.",
)


def cues(rows: Sequence[Row], judge: Judgement = JUDGE) -> list[Cue]:
    return timeline(rows, judge, Report())


def texts(rows: Sequence[Row], judge: Judgement = JUDGE) -> list[str]:
    return [cue.text for cue in cues(rows, judge)]


def rejected(rows: Sequence[Row], judge: Judgement = JUDGE) -> dict[str, int]:
    report = Report()
    timeline(rows, judge, report)
    return {reason: count for reason, count in report.rejected.items() if count}


def subtitles(y: float = 650, first: int = 0, stand: int = 50) -> list[Row]:
    """The sentences one after the other, centred on the row ``y``."""
    return [
        row(first + 60 * i, first + 60 * i + stand, text, box_for(text, y=y))
        for i, text in enumerate(SENTENCES)
    ]


def test_nothing_gives_nothing() -> None:
    assert cues([]) == []
    assert rejected([]) == {}


def test_rows_are_cues_in_order_of_time() -> None:
    found = cues(list(reversed(subtitles())))
    assert tuple(cue.text for cue in found) == SENTENCES
    assert [(cue.start_us, cue.end_us) for cue in found] == [
        (60 * i * FRAME_US, (60 * i + 50) * FRAME_US) for i in range(5)
    ]
    assert rejected(subtitles()) == {}


def test_a_cue_says_where_it_stands_and_how_sure_it_is() -> None:
    (cue,) = cues([row(0, 50, "Come in.", Box(320, 630, 960, 666), 0.7)], SHORT)
    assert cue.place == Box(0.25, 0.875, 0.75, 0.925)
    assert cue.position is Position.BOTTOM
    assert cue.confidence == 0.7


def test_two_rows_in_step_are_one_cue_top_row_first() -> None:
    lower = row(10, 60, "and sat down.", box_for("and sat down.", y=650))
    upper = row(11, 61, "She came in", box_for("She came in", y=600), 0.8)
    (cue,) = cues([lower, upper], SHORT)
    assert cue.lines == ("She came in", "and sat down.")
    assert (cue.start_us, cue.end_us) == (10 * FRAME_US, 60 * FRAME_US)
    assert cue.confidence == 0.8
    assert cue.place.y0 == 580 / 720 and cue.place.y1 == 670 / 720


def test_three_rows_in_step_are_one_cue() -> None:
    rows = [row(0, 50, text, box_for(text, y=650 - 50 * i)) for i, text in enumerate("cba")]
    (cue,) = cues(rows, SHORT)
    assert cue.lines == ("a", "b", "c")


def test_parts_of_one_row_are_read_from_left_to_right() -> None:
    left, right = (
        row(0, 50, "- Yes.", box_for("- Yes.", 560)),
        row(0, 50, "- No.", box_for("- No.", 720)),
    )
    (cue,) = cues([right, left, row(0, 50, "Are you?", box_for("Are you?", y=600))], SHORT)
    assert cue.lines == ("Are you?", "- Yes. - No.")


def test_lines_of_two_speakers_far_apart_on_one_row_are_two_cues() -> None:
    left = row(0, 50, "Who is it?", box_for("Who is it?", 300))
    right = row(0, 50, "Open the door.", box_for("Open the door.", 960))
    anywhere = replace(SHORT, places_given=True)
    assert sorted(texts([right, left], anywhere)) == ["Open the door.", "Who is it?"]


def test_rows_that_come_one_after_the_other_are_cues_of_their_own() -> None:
    upper = row(0, 40, "Come in.", box_for("Come in.", y=600))
    assert texts([upper, row(20, 80, "Sit down.")], SHORT) == ["Come in.", "Sit down."]


def test_the_top_and_the_bottom_at_once_are_two_cues() -> None:
    rows = subtitles() + subtitles(y=60)
    found = cues([replace(r, text=r.text.upper()) if r.box.y0 < 100 else r for r in rows])
    assert len(found) == 10
    assert [cue.position for cue in found[:2]] == [Position.TOP, Position.BOTTOM]
    assert found[0].start_us == found[1].start_us


# What is no subtitle


def test_a_text_that_stands_for_most_of_the_film_is_a_logo() -> None:
    logo = row(0, 40 * 25, "NOVA", box_for("NOVA", y=60))
    assert texts([logo, *subtitles()]) == list(SENTENCES)
    assert rejected([logo, *subtitles()]) == {"static": 1}
    assert rejected([logo, *subtitles()], replace(JUDGE, static_share=0.9)) != {"static": 1}


def test_in_a_short_film_a_cue_may_stand_throughout() -> None:
    assert texts([row(0, 150, "Come in.")], SHORT) == ["Come in."]


def test_a_text_off_the_main_place_is_dropped() -> None:
    sign = row(100, 150, "BAKERY", box_for("BAKERY", 300, 400))
    assert texts([*subtitles(), sign]) == list(SENTENCES)
    assert rejected([*subtitles(), sign]) == {"place": 1}


def test_a_line_alone_in_a_long_film_counts_where_it_is_centred_and_well_read() -> None:
    alone = row(100, 200, "Results of the year")
    assert texts([alone]) == ["Results of the year"]
    aside = replace(alone, box=alone.box.moved(150, 0))
    assert cues([aside]) == []
    assert rejected([aside]) == {"place": 1}
    assert cues([replace(alone, confidence=0.8)]) == []
    assert cues([aside], replace(JUDGE, film_us=10_000_000)) == []


def test_a_second_row_beside_the_main_one_belongs_to_it() -> None:
    second = row(60, 110, "early in the morning", box_for("early in the morning", y=600))
    assert cues([*subtitles(), second])[1].lines == ("early in the morning", SENTENCES[1])


def test_a_second_place_needs_its_share_of_text() -> None:
    high = subtitles(y=60, first=600)
    assert len(cues(subtitles() + high)) == 10
    brief = subtitles(y=60, first=600, stand=5)
    assert len(cues(subtitles() + brief)) == 5


def test_cues_off_the_middle_in_the_row_of_the_main_place_are_kept_if_they_reach_it() -> None:
    aside = row(900, 950, "Over here, to the left.", Box(300, 630, 700, 670))
    assert len(cues([*subtitles(), aside])) == 6


def test_a_clock_is_a_counter() -> None:
    clock = [
        row(25 * i, 25 * (i + 1), f"10:41:{i:02}", box_for("10:41:00", 120, 60)) for i in range(30)
    ]
    assert texts([*subtitles(), *clock]) == list(SENTENCES)
    assert cues(clock) == []


def test_print_that_subtitles_cover_in_part_is_rejected_as_such() -> None:
    page, place = "of the lake and all the boats on it", Box(200, 80, 1080, 120)
    covered = page.replace("lake", "late"), page.replace("and all", "wind")
    lines = [page, covered[0], page, covered[1], page]
    printed = [row(20 * n, 20 * (n + 1), text, place) for n, text in enumerate(lines)]
    assert texts([*subtitles(), *printed]) == list(SENTENCES)
    assert rejected([*subtitles(), *printed]) == {"print": 5}


def test_page_numbers_are_a_counter() -> None:
    pages = [row(75 * i, 75 * (i + 1), str(17 + i), box_for("17", 1200)) for i in range(8)]
    assert texts([*subtitles(), *pages]) == list(SENTENCES)


def test_numbers_that_are_said_are_subtitles() -> None:
    said = [row(400 + 40 * i, 430 + 40 * i, text) for i, text in enumerate(("3", "2", "1", "Go!"))]
    assert texts([*subtitles(), *said]) == [*SENTENCES, "3", "2", "1", "Go!"]


@pytest.mark.parametrize("least_ms,expected", [(0, 2), (200, 2), (201, 1), (2001, 0)])
def test_cues_that_are_too_short_are_dropped(least_ms: int, expected: int) -> None:
    rows = [row(0, 5, "Come in."), row(30, 80, "Sit down.")]
    judge = replace(SHORT, min_duration_us=least_ms * 1000)
    assert len(cues(rows, judge)) == expected
    assert rejected(rows, judge).get("too short", 0) == 2 - expected


@given(
    st.lists(
        st.builds(
            lambda start, length, text, x, y, confidence: row(
                start, start + length, text, box_for(text, x, y), confidence
            ),
            *(st.integers(0, MINUTE), st.integers(1, 200), st.sampled_from(WORDS)),
            *(st.sampled_from([200, 640]), st.sampled_from([60, 600, 650]), st.floats(0.5, 1)),
        ),
        max_size=14,
    ),
    st.sampled_from([JUDGE, SHORT]),
)
def test_cues_are_in_order_and_end_after_they_start(rows: list[Row], judge: Judgement) -> None:
    report = Report()
    found = timeline(rows, judge, report)
    assert [cue.start_us for cue in found] == sorted(cue.start_us for cue in found)
    for cue in found:
        assert cue.start_us < cue.end_us
        assert all(line.strip() for line in cue.lines)
        assert 0 <= cue.place.y0 < cue.place.y1 <= 1
    assert all(count >= 0 for count in report.rejected.values())


# Proof


def test_a_cue_says_where_its_lines_stand_and_how_else_they_were_read() -> None:
    upper = replace(
        row(0, 50, "The lake was calm", box_for("The lake was calm", y=600)), engine="a"
    )
    lower = replace(row(0, 50, "that day."), engine="a", others=("that bay.",))
    (found,) = cues([upper, lower], SHORT)
    assert found.proof.engine == "a"
    assert [box.y0 for box in found.proof.boxes] == [580 / 720, 630 / 720]
    assert found.proof.boxes[0].union(found.proof.boxes[1]) == found.place
    assert found.proof.alternatives == ("The lake was calm\nthat bay.",)


def test_what_is_rejected_is_told_line_by_line() -> None:
    report = Report()
    logo = row(0, MINUTE, "LOGO", box_for("LOGO", y=60))
    timeline([*subtitles(), logo], JUDGE, report)
    assert [(each.reason, each.text, each.box) for each in report.rejects] == [
        ("static", "LOGO", logo.box)
    ]


def test_the_lines_of_a_cue_that_is_too_short_are_told() -> None:
    report, judge = Report(), replace(SHORT, min_duration_us=1_000_000)
    upper = row(0, 20, "Gone", box_for("Gone", y=600))
    lower = replace(row(0, 20, "too soon"), picture=b"j")
    found = timeline([upper, lower, row(30, 80, "This stays.")], judge, report)
    assert [cue.text for cue in found] == ["This stays."]
    assert report.rejected == {"too short": 2}
    assert [(each.text, each.picture) for each in report.rejects] == [
        ("Gone", b""),
        ("too soon", b"j"),
    ]
