from collections.abc import Iterable, Iterator

from hypothesis import given
from hypothesis import strategies as st

from vidocr.stages.clock import DecodeCounts, Pairs, Timed, in_order

STEP = 40_000


def timed(times: Iterable[int | None], length: int = STEP) -> Iterator[tuple[Timed, int]]:
    for i, time_us in enumerate(times):
        yield Timed(time_us, length), i


def run(times: Iterable[int | None], length: int = STEP) -> tuple[list[int], DecodeCounts]:
    counts = DecodeCounts()
    return [time_us for time_us, _, _ in in_order(timed(times, length), counts)], counts


def steady(count: int, start: int = 0) -> list[int]:
    return [start + STEP * i for i in range(count)]


def test_regular_times_pass_unchanged() -> None:
    assert run(steady(50)) == (steady(50), DecodeCounts())


def test_frames_without_time_follow_the_one_before() -> None:
    assert run([None] * 5)[0] == steady(5)
    assert run([100, None, None, 200_000])[0] == [100, 40_100, 80_100, 200_000]


def test_times_that_do_not_increase_are_dropped() -> None:
    assert run([0, 40_000, 40_000, 30_000, 80_000])[0] == [0, 40_000, 80_000]


def test_nothing_comes_before_zero() -> None:
    assert run([-80_000, -40_000, 0, 40_000])[0] == [0, 40_000]


def test_missing_frames_are_counted_once_and_none_is_lost() -> None:
    times = steady(10) + steady(10, start=2_000_000)
    assert run(times) == (times, DecodeCounts(pts_gaps=1))


def test_a_gap_before_the_last_frame_is_kept() -> None:
    assert run([*steady(10), 5_000_000])[0][-1] == 5_000_000


def test_slides_are_no_gaps() -> None:
    times = [0, 2_000_000, 7_000_000, 9_000_000, 14_000_000, 20_000_000, 25_000_000, 31_000_000]
    assert run(times) == (times, DecodeCounts())


def test_a_long_frame_that_the_container_announces_is_no_gap() -> None:
    frames = [(Timed(t, 5_000_000 if t == 360_000 else STEP), 0) for t in steady(10)]
    frames += [(Timed(t, STEP), 0) for t in steady(10, start=5_360_000)]
    counts = DecodeCounts()
    assert len(list(in_order(iter(frames), counts))) == 20
    assert counts == DecodeCounts()


def test_one_wild_time_costs_one_frame() -> None:
    """A flipped bit must not make all that follows look late."""
    times = steady(40)
    wild = times[:20] + [times[20] + 3_600_000_000] + times[21:]
    seen, counts = run(wild)
    assert seen == times[:20] + times[21:]
    assert counts.damaged_packets == 1


def test_time_goes_on_when_the_streams_clock_is_set_back() -> None:
    seen, counts = run(steady(100, start=60_000_000) + steady(100))
    assert 180 < len(seen) <= 200
    assert max(b - a for a, b in zip(seen, seen[1:], strict=False)) == STEP
    assert counts.pts_gaps == 1


@given(st.lists(st.one_of(st.none(), st.integers(-(2**70), 2**70)), max_size=60))
def test_times_always_increase(times: list[int | None]) -> None:
    seen, _ = run(times)
    assert all(a < b for a, b in zip(seen, seen[1:], strict=False))
    assert not seen or seen[0] >= 0


def test_counts_reset() -> None:
    counts = DecodeCounts(1, 2, 3, 4, 5, 6)
    counts.reset()
    assert counts == DecodeCounts()


def due_of(pairs: Pairs, times_ms: Iterable[int]) -> list[int]:
    return [ms for ms in times_ms if pairs.due(1000 * ms)]


def test_pairs_come_once_a_period_from_any_start() -> None:
    due = due_of(Pairs(1_000_000, 400_000), range(300, 4000, 100))
    assert due == [300, 700, 1000, 1400, 2000, 2400, 3000, 3400]


def test_pairs_do_not_depend_on_what_was_before() -> None:
    whole = due_of(Pairs(1_000_000, 400_000), range(700, 5000, 100))
    late = due_of(Pairs(1_000_000, 400_000, from_us=3_000_000), range(1500, 5000, 100))
    assert late == [ms for ms in whole if ms >= 3000]


def test_pairs_on_slides_and_never() -> None:
    pairs = Pairs(1_000_000, 400_000)
    assert due_of(pairs, (0, 5000, 10_000, 10_100, 10_400)) == [0, 5000, 10_000, 10_400]
    assert due_of(Pairs(None, 400_000), (0, 1000)) == []
