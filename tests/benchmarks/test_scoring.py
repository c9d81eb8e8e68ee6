"""The scorer on lists made by hand."""

import pytest

from tests.benchmarks.scoring import Score, complaints, pairs, score
from vidocr.model import Cue

S = 1_000_000
TRUTH = [Cue(1 * S, 3 * S, ("Good morning.",)), Cue(4 * S, 6 * S, ("Who is there?",))]


def cue(start_s: float, end_s: float, text: str) -> Cue:
    return Cue(round(start_s * S), round(end_s * S), tuple(text.split("\n")))


def test_the_truth_itself_is_perfect() -> None:
    result = score(TRUTH, TRUTH)
    assert (result.f1, result.cer, result.starts_near, result.ends_near) == (1, 0, 1, 1)


def test_nothing_to_find_and_nothing_found_is_perfect() -> None:
    assert score([], []).f1 == 1
    assert score([], TRUTH).f1 == 0


def test_a_missed_cue_counts_as_deleted_text() -> None:
    result = score(TRUTH, TRUTH[:1])
    assert result.f1 == pytest.approx(2 / 3)
    assert result.edits == len("Who is there?")
    assert result.cer == pytest.approx(0.5)


def test_an_invented_cue_counts_as_inserted_text() -> None:
    result = score(TRUTH, [*TRUTH, cue(8, 9, "LOGO")])
    assert result.f1 == pytest.approx(0.8)
    assert result.edits == 4


def test_widths_and_line_breaks_are_no_errors() -> None:
    result = score([cue(0, 1, "Wait, you\nhere?")], [cue(0, 1, "Wait， you  here？")])
    assert result.edits == 0


def test_a_quarter_of_wrong_characters_is_the_limit() -> None:
    truth = [cue(0, 1, "abcdefgh")]
    assert score(truth, [cue(0, 1, "abcdefXX")]).hits == 1
    missed = score(truth, [cue(0, 1, "abcdeXXX")])
    assert (missed.hits, missed.edits) == (0, 3)


def test_half_of_the_time_must_be_shared() -> None:
    truth = [cue(0, 2, "Same text")]
    assert score(truth, [cue(1, 2, "Same text")]).hits == 1
    late = score(truth, [cue(1.1, 2, "Same text")])
    assert (late.hits, late.edits) == (0, 0)


def test_a_cue_is_paired_only_once() -> None:
    halves = [cue(1, 2, "Good morning."), cue(2, 3, "Good morning.")]
    result = score(TRUTH[:1], halves)
    assert (result.hits, result.found) == (1, 2)
    assert result.edits == len("Good morning.")


def test_cues_at_one_time_are_paired_by_their_text() -> None:
    truth = [cue(0, 2, "Above all"), cue(0, 2, "Below it")]
    found = [truth[1], truth[0]]
    assert pairs(truth, found) == [(truth[0], truth[0]), (truth[1], truth[1])]


def test_boundaries_are_near_within_one_frame() -> None:
    found = [cue(1.04, 3.0805, "Good morning."), cue(3.9, 6.041, "Who is there?")]
    result = score(TRUTH, found, frame_us=40_000)
    assert (result.starts, result.ends) == (1, 1)


def test_scores_add_up_over_clips() -> None:
    total = score(TRUTH, TRUTH) + score(TRUTH, [])
    assert total == Score(truth=4, found=2, hits=2, characters=52, edits=26, starts=2, ends=2)
    assert total.f1 == pytest.approx(2 / 3)


def test_complaints_name_what_is_wrong() -> None:
    found = [cue(1, 3, "Good moming."), cue(8, 9, "LOGO")]
    missed, invented, misread = complaints(TRUTH, found)
    assert missed == "- 4.000-6.000 'Who is there?'"
    assert invented == "+ 8.000-9.000 'LOGO'"
    assert misread == "~ 1.000-3.000 'Good morning.' read as 'Good moming.'"
