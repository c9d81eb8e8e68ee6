"""Tracks against the truth: figures made by hand, and the command that tells them."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from vidocr.errors import InputError
from vidocr.scoring import Frames, TruthCue, compare, complaints, flattened, score
from vidocr.scoring.files import read
from vidocr.scoring.page import page
from vidocr.tools import COMMANDS

S = 1_000_000


def cue(start_s: float, end_s: float, *lines: str) -> TruthCue:
    return TruthCue(round(start_s * S), round(end_s * S), lines)


TRUTH = (
    cue(1, 3, "The lake was calm."),
    cue(4, 6, "Nobody said", "a word."),
    cue(7, 9, "Then the wind came."),
)


def test_a_track_matches_itself() -> None:
    own = score(TRUTH, TRUTH)
    assert (own.f1, own.precision, own.recall, own.exact) == (1, 1, 1, 1)
    assert (own.cer, own.wer, own.suber, own.msr_cer) == (0, 0, 0, 0)
    assert (own.starts_near, own.ends_near) == (1, 1)
    assert complaints(TRUTH, TRUTH) == []


def test_nothing_to_find_and_nothing_found_is_perfect() -> None:
    assert (score([], []).f1, score([], []).cer) == (1, 0)
    assert score(TRUTH, []).recall == 0 and score(TRUTH, []).missed == 3
    assert score([], TRUTH).precision == 0 and score([], TRUTH).invented == 3


def test_misses_are_deletions_and_inventions_insertions() -> None:
    found = (*TRUTH[:2], cue(20, 21, "BAKERY"))
    result = score(TRUTH, found)
    characters = sum(len(" ".join(each.lines)) for each in TRUTH)
    assert result.cer == pytest.approx((len("Then the wind came.") + 6) / characters)
    assert result.wer == pytest.approx((4 + 1) / 12)
    assert (result.missed, result.invented) == (1, 1)
    assert [line[0] for line in complaints(TRUTH, found)] == ["-", "+"]


@pytest.mark.parametrize(
    "found,hits",
    [
        (cue(1, 3, "The lake was calm."), 1),
        (cue(1, 2, "The lake was calm."), 1),
        (cue(1, 1.9, "The lake was calm."), 0),
        (cue(1, 3, "The lake was"), 0),
        (cue(1, 3, "The lake was balm"), 1),
    ],
)
def test_a_hit_shares_half_of_the_time_and_most_of_the_text(found: TruthCue, hits: int) -> None:
    assert score(TRUTH[:1], [found]).hits == hits


def test_spelling_that_looks_alike_is_forgiven_but_not_exact() -> None:
    truth, found = cue(0, 2, "“Well – no…”"), cue(0, 2, '"Well - no..."')
    assert score([truth], [found]).cer == 0
    assert score([truth], [found]).exact == 0
    assert score([cue(0, 2, "我们 回家")], [cue(0, 2, "我们回家")]).cer == 0


def test_errors_in_time_are_told_in_frames() -> None:
    found = [cue(1.04, 3, "The lake was calm."), cue(4, 6.2, "Nobody said", "a word."), TRUTH[2]]
    result = score(TRUTH, found, frame_us=40_000)
    assert result.starts_near == 1
    assert result.ends_near == pytest.approx(2 / 3)


def test_inside_of_a_fade_any_time_is_right() -> None:
    fading = TruthCue(S, 3 * S, ("Slowly.",), (S, round(1.2 * S)), (round(2.8 * S), 3 * S))
    result = score([fading], [cue(1.16, 2.84, "Slowly.")], frame_us=1)
    assert (result.starts_near, result.ends_near) == (1, 1)
    assert score([fading], [cue(1.3, 2.84, "Slowly.")]).starts_near == 0


def test_faults_are_told_apart() -> None:
    split = [cue(1, 2, "The lake was calm."), cue(2, 3, "The lake was calm."), *TRUTH[1:]]
    assert score(TRUTH, split).splits + score(TRUTH, split).duplicates == 1
    twice = [*TRUTH, cue(1, 3, "The lake was calm.")]
    assert score(TRUTH, twice).duplicates == 1
    merged = [cue(1, 6, "The lake was calm.", "Nobody said", "a word."), TRUTH[2]]
    assert score(TRUTH, merged).merges >= 1


def test_cues_at_once_are_one_screen_when_flattened() -> None:
    truth = [cue(0, 4, "above"), cue(1, 3, "below")]
    assert [(each.start_us // S, each.end_us // S) for each in flattened(truth)] == [
        (0, 1),
        (1, 3),
        (3, 4),
    ]
    screens = [cue(0, 1, "above"), cue(1, 3, "below", "above"), cue(3, 4, "above")]
    assert score(flattened(truth), flattened(screens)).f1 == 1


def test_suber_counts_words_breaks_and_shifts() -> None:
    truth = [cue(0, 2, "a b c d")]
    assert score(truth, [cue(0, 2, "a b x d")]).suber == pytest.approx(100 / 5)
    assert score(truth, [cue(0, 2, "d a b c")]).suber == pytest.approx(100 / 5)  # one shift
    assert score(truth, [cue(0, 2, "a b", "c d")]).suber == pytest.approx(100 / 5)  # one break
    assert score(truth, [cue(5, 7, "a b c d")]).suber > 100  # times that share nothing


words = st.lists(st.sampled_from(["one", "two", "three", "four"]), min_size=1, max_size=4)
tracks = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 5), words), max_size=8).map(
    lambda cues: [cue(start, start + length, " ".join(said)) for start, length, said in cues]
)


@settings(max_examples=60, deadline=None)
@given(tracks, tracks)
def test_scores_add_up_and_stay_in_their_bounds(
    a: Sequence[TruthCue], b: Sequence[TruthCue]
) -> None:
    one, other = score(a, b), score(b, a)
    both = one + other
    assert both.truth == len(a) + len(b) and both.edits == one.edits + other.edits
    assert 0 <= one.f1 <= 1
    assert one.hits <= min(len(a), len(b))
    assert score(a, a).cer == 0 and score(a, a).suber == 0


# Files


SRT = "1\n00:00:01,000 --> 00:00:03,000\nThe <i>lake</i> was calm.\n"
VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\nThe lake was calm.\n"
ASS = (
    "[Script Info]\nScriptType: v4.00+\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    "Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,{\\an8}The lake was calm.\n"
)
JSON = json.dumps({"cues": [{"start": 1.0, "end": 3.0, "text": "The lake was calm."}]})


@pytest.mark.parametrize(
    "name,content", [("a.srt", SRT), ("a.vtt", VTT), ("a.ass", ASS), ("a.json", JSON)]
)
def test_every_format_is_read(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    assert compare(TRUTH[:1], read(tmp_path / name).cues, Frames()).score.exact == 1


@pytest.mark.parametrize(
    "name,content", [("a.json", "{"), ("a.json", '{"cues": [{"start": 1}]}'), ("a.doc", "x")]
)
def test_what_can_not_be_read_is_told(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(InputError, match=name):
        read(tmp_path / name)
    with pytest.raises(InputError, match="none.srt"):
        read(tmp_path / "none.srt")


# The command and its page


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    truth, out = tmp_path / "truth.srt", tmp_path / "out.srt"
    truth.write_text(SRT, "utf-8")
    out.write_text(SRT.replace("calm", "warm"), "utf-8")
    return str(truth), str(out)


def test_the_command_tells_a_summary_and_what_is_wrong(files: tuple[str, str]) -> None:
    told = CliRunner().invoke(COMMANDS["score"], [*files, "-v"], standalone_mode=False)
    assert told.return_value == 0, told.output
    assert "F1 1.000" in told.output and "warm" in told.output


def test_the_command_tells_json(files: tuple[str, str]) -> None:
    told = CliRunner().invoke(COMMANDS["score"], [*files, "--json"], standalone_mode=False)
    figures = json.loads(told.output)
    assert isinstance(figures, dict) and "f1" in json.dumps(figures).lower()


def test_the_page_escapes_what_it_shows() -> None:
    evil = [cue(1, 3, "<script>alert(1)</script>")]
    shown = page(compare(evil, [cue(1, 3, "<script>alert(2)</script>")], Frames()), "<t>", "o")
    assert "<script>alert" not in shown and "&lt;t&gt;" in shown
    assert "<ins>" in shown and "<del>" in shown
    assert "http" not in shown.replace("http-equiv", "")
