from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidocr.delivery import Replacement, Rules, cleaned
from vidocr.language import parted
from vidocr.model import Box, Change, Cue

TOP, BOTTOM = Box(0.1, 0.05, 0.9, 0.15), Box(0.1, 0.85, 0.9, 0.95)
FRAMES = range(0, 20_000_000, 40_000)


def cue(start_ms: int, end_ms: int, text: str = "Hello", place: Box = BOTTOM) -> Cue:
    return Cue(start_ms * 1000, end_ms * 1000, (text,), place=place)


def times(cues: Sequence[Cue]) -> list[tuple[int, int]]:
    return [(cue.start_us // 1000, cue.end_us // 1000) for cue in cues]


def test_without_rules_nothing_changes() -> None:
    cues = [cue(0, 1, "  spaces   stay "), cue(0, 5), cue(5, 6, place=TOP)]

    assert cleaned(cues, Rules(), FRAMES) == cues


def test_short_cues_stand_longer() -> None:
    found = cleaned([cue(0, 400), cue(5000, 9000)], Rules(min_display_ms=833))

    assert times(found) == [(0, 833), (5000, 9000)]
    assert found[0].changes == (Change("duration", "until 0.400000 s", "until 0.833000 s"),)
    assert found[0].flags == found[1].flags == ()
    assert found[1].changes == ()


def test_ends_move_to_the_starts_of_frames() -> None:
    uneven = [0, 33_000, 400_000, 820_000, 870_000, 1_500_000]

    assert times(cleaned([cue(0, 400)], Rules(min_display_ms=833), FRAMES)) == [(0, 840)]
    assert times(cleaned([cue(0, 400)], Rules(min_display_ms=833), uneven)) == [(0, 870)]


def test_no_cue_stands_longer_than_till_the_next() -> None:
    cues = [cue(0, 400), cue(600, 2000)]

    found = cleaned(cues, Rules(min_display_ms=833, min_gap_ms=80), FRAMES)

    assert times(found) == [(0, 520), (600, 2000)]
    assert found[0].flags == ("duration: 520 ms, under 833",)


def test_no_cue_stands_longer_than_the_film() -> None:
    (found,) = cleaned([cue(19_600, 19_960)], Rules(min_display_ms=833), FRAMES)

    assert times([found]) == [(19_600, 19_960)]
    assert found.flags == ("duration: 360 ms, under 833",)


def test_there_is_a_gap_between_cues() -> None:
    cues = [cue(0, 2000), cue(2000, 4000), cue(4040, 6000), cue(6080, 7000)]

    found = cleaned(cues, Rules(min_gap_ms=70), FRAMES)

    assert times(found) == [(0, 1920), (2000, 3960), (4040, 6000), (6080, 7000)]
    assert found[0].changes == (Change("gap", "until 2.000000 s", "until 1.920000 s"),)
    assert [cue.flags for cue in found] == [()] * 4


def test_a_cue_that_is_shorter_than_the_gap_keeps_its_time() -> None:
    cues = [cue(0, 60), cue(60, 200), cue(200, 400)]

    found = cleaned(cues, Rules(min_gap_ms=100))

    assert times(found) == [(0, 60), (60, 160), (200, 400)]
    assert [cue.flags for cue in found] == [
        ("gap: 0 ms, under 100",),
        ("gap: 40 ms, under 100",),
        (),
    ]


def test_the_top_and_the_bottom_do_not_hinder_each_other() -> None:
    cues = [cue(0, 400), cue(300, 2000, place=TOP), cue(3000, 4000), cue(4000, 5000, place=TOP)]

    found = cleaned(cues, Rules(min_display_ms=1000, min_gap_ms=80), FRAMES)

    assert times(found) == [(0, 1000), (300, 2000), (3000, 4000), (4000, 5000)]


def test_cues_that_are_there_at_once_in_one_place_stay_so() -> None:
    cues = [cue(0, 2000), cue(1000, 3000), cue(3000, 4000)]

    assert times(cleaned(cues, Rules(min_gap_ms=80))) == [(0, 2000), (1000, 2920), (3000, 4000)]


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("a" * 17, ()),
        ("Does anybody hear me now", ("reading speed: 24.0 characters a second, over 17",)),
        ("今晚的星星特别亮你答应过不告诉别人", ()),
        ("e\u0301" * 17, ()),
    ],
)
def test_the_reading_speed_is_told(text: str, flags: tuple[str, ...]) -> None:
    (found,) = cleaned([cue(0, 1000, text)], Rules(max_cps=17))

    assert found == replace(cue(0, 1000, text), flags=flags)


def test_the_reading_speed_is_that_of_the_time_it_gets() -> None:
    (found,) = cleaned([cue(0, 500, "a" * 17)], Rules(max_cps=17, min_display_ms=1000))

    assert found.flags == ()


def test_flags_of_others_stay_and_own_ones_are_set_anew() -> None:
    old = replace(cue(0, 2000), flags=("not translated: why", "reading speed: 99 over 17"))

    assert cleaned([old], Rules(max_cps=17))[0].flags == ("not translated: why",)
    assert cleaned([old], Rules(min_gap_ms=80))[0].flags == old.flags


WORDS = st.text("abc今晚の,. 。-é", min_size=1, max_size=60).filter(str.strip)


@st.composite
def tracks(draw: st.DrawFn) -> list[Cue]:
    """Cues by their start, at the top and the bottom, at times one before the other is gone."""
    cues: list[Cue] = []
    start = 0
    for _ in range(draw(st.integers(0, 9))):
        start += draw(st.sampled_from([0, 1, 40_000]) | st.integers(0, 1_500_000))
        end = start + draw(st.integers(1, 200_000) | st.integers(1, 3_000_000))
        lines = tuple(draw(st.lists(WORDS, min_size=1, max_size=3)))
        cues.append(Cue(start, end, lines, place=draw(st.sampled_from((TOP, BOTTOM)))))
        start = draw(st.sampled_from((start, end)))
    return cues


RULES = st.builds(
    Rules,
    line_chars=st.sampled_from([0, 12, 42]),
    max_lines=st.integers(1, 3),
    min_display_ms=st.sampled_from([0, 1, 833, 3000]),
    min_gap_ms=st.sampled_from([0, 1, 80, 1000]),
    max_cps=st.sampled_from([0, 17]),
    replacements=st.sampled_from(
        [(), (Replacement("b", "c", "1"), Replacement("^a$", "", "2", True))]
    ),
)
STARTS = st.sampled_from([(), FRAMES, [0]]) | st.lists(st.integers(0, 9_000_000), max_size=40).map(
    lambda times: sorted(set(times))
)


@given(tracks(), RULES, STARTS)
def test_no_rules_make_cues_overlap_reverse_or_change_places(
    cues: list[Cue], rules: Rules, starts_us: Sequence[int]
) -> None:
    found = cleaned(cues, rules, starts_us)

    before = {(cue.start_us, cue.place, at): cue for at, cue in enumerate(cues)}
    assert rules.replacements or len(found) == len(cues)
    assert [cue.start_us for cue in found] == sorted(cue.start_us for cue in found)
    assert {cue.start_us for cue in found} <= {start for start, _, _ in before}
    assert all(cue.start_us < cue.end_us and all(map(str.strip, cue.lines)) for cue in found)
    assert all(cue.end_us in starts_us for cue in found if starts_us and moved(cue))
    assert cleaned(found, rules, starts_us) == found


@given(tracks(), RULES.map(lambda rules: replace(rules, replacements=())), STARTS)
def test_cues_of_one_place_come_no_nearer_than_the_gap(
    cues: list[Cue], rules: Rules, starts_us: Sequence[int]
) -> None:
    found = cleaned(cues, rules, starts_us)

    for (old, new), (old_next, new_next) in combinations(zip(cues, found, strict=True), 2):
        if old.place == old_next.place and old.end_us <= old_next.start_us:
            gap_us = new_next.start_us - new.end_us
            assert gap_us >= min(rules.min_gap_ms * 1000, old_next.start_us - old.end_us)
    for old, new in zip(cues, found, strict=True):
        assert ("".join(old.text.split())) == "".join(new.text.split())
        assert (old.start_us, old.place) == (new.start_us, new.place)
        assert (old.end_us == new.end_us) == (not moved(new))


@settings(deadline=None, max_examples=50)  # the first one loads a model
@given(tracks(), RULES, STARTS)
def test_parted_tracks_are_cleaned_alike(
    cues: list[Cue], rules: Rules, starts_us: Sequence[int]
) -> None:
    for track in parted(cues).values():
        found = cleaned(track, rules, starts_us)

        assert [cue.start_us for cue in found] == sorted(cue.start_us for cue in found)
        for first, second in combinations(found, 2):
            overlap = any(
                old.start_us == first.start_us and old.end_us > second.start_us for old in track
            )
            if first.place == second.place and not overlap:
                assert first.end_us <= second.start_us


def moved(cue: Cue) -> bool:
    return any(change.step in ("gap", "duration") for change in cue.changes)
