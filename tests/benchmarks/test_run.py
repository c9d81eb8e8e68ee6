"""The benchmark's tools, its judge and its tables, on clips of a second."""

import sys
from pathlib import Path

import pytest

from tests.backdrops import flat
from tests.benchmarks import baselines, run, tables, truth
from tests.benchmarks.clips import Case
from tests.benchmarks.judge import judge
from tests.benchmarks.tools import Found, command
from tests.benchmarks.truth import Truth
from tests.clips import Clip, Style, Text
from vidocr.model import Cue

CLIP = Clip((320, 180), 1.2, flat(), (Text(5, 20, "Come in.", Style(size=0.12)),))
CASE = Case("place", "bottom", CLIP, lang="en")
CUE = Cue(200_000, 800_000, ("Come in.",))
TRACK = "1\n00:00:00,200 --> 00:00:00,800\nCome in.\n"


def writer(code: str) -> str:
    return f'{sys.executable} -c "{code}" {{video}} {{out}} {{lang}}'


def test_a_command_gets_the_names_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "track").write_text(TRACK)
    code = (
        "import sys, shutil; video, out, lang = sys.argv[1:]; "
        f"assert lang == 'en' and video.endswith('a b.mp4'); shutil.copy('{tmp_path}/track', out)"
    )
    found = command(writer(code))(tmp_path / "a b.mp4", CASE)
    assert found == Found((CUE,))


@pytest.mark.parametrize(
    "line, note",
    [
        (writer("import sys; sys.exit('no such model')"), "exit code 1: no such model"),
        (writer("pass"), "it wrote nothing"),
        (writer("import sys; open(sys.argv[2], 'w').write('oops')"), "not an SRT file"),
        ("no-such-tool {video}", "No such file"),
    ],
)
def test_a_command_that_fails_finds_nothing_and_says_why(
    line: str, note: str, tmp_path: Path
) -> None:
    found = command(line)(tmp_path / "a.mp4", CASE)
    assert found.cues == () and note in found.note


def test_a_track_of_before_is_not_taken_for_the_answer(tmp_path: Path) -> None:
    (tmp_path / "a.found.srt").write_text(TRACK)
    assert command(writer("pass"))(tmp_path / "a.mp4", CASE).cues == ()


def test_within_a_fade_any_time_is_right() -> None:
    fading = Truth(CUE, (200_000, 400_000), (640_000, 800_000))
    within = judge([fading], [Cue(350_000, 700_000, CUE.lines)], 40_000)
    assert within.wrong == () and within.score.starts_near == within.score.ends_near == 1
    (late,) = judge([fading], [Cue(450_000, 860_000, CUE.lines)], 40_000).wrong
    assert late == "@ 0.200-0.800 'Come in.' +1 +2 frames"


def test_the_verdict_names_what_is_missed_and_invented() -> None:
    exact = Truth(CUE, (200_000, 200_000), (800_000, 800_000))
    wrong = judge([exact], [Cue(2_000_000, 3_000_000, ("LOGO",))], 40_000).wrong
    assert [line[0] for line in wrong] == ["-", "+"]


def test_a_clip_is_measured_and_thrown_away_or_kept(tmp_path: Path) -> None:
    outcome = run.measure(CASE, lambda _path, _case: Found((CUE,)), tmp_path)
    assert outcome.row().startswith(
        "| bottom | place | 1 | 1 | 1.000 | 0.0000 | 1.00 | 1.00 | 1.00 |"
    )
    assert not list(tmp_path.iterdir())
    run.measure(CASE, lambda _path, _case: Found(()), tmp_path, keep=True)
    assert {p.name for p in tmp_path.iterdir()} == {
        "place-bottom.mp4", "place-bottom.srt", "place-bottom.json"
    }  # fmt: skip


def test_axes_are_summed_up_by_value(tmp_path: Path) -> None:
    good = run.measure(CASE, lambda _path, _case: Found((CUE,)), tmp_path)
    other = Case("place", "top", CLIP)
    bad = run.measure(other, lambda _path, _case: Found(()), tmp_path)
    rows = tables.axis_rows([good, bad])
    assert [row.split(" | ")[:5] for row in rows] == [
        ["| place", "bottom", "1", "1", "1"],
        ["| place", "top", "1", "1", "0"],
        ["| place", "**all**", "2", "2", "1"],
    ]
    assert run.failures([good, bad])


def test_the_simple_ways_find_a_line_that_stands_still(tmp_path: Path) -> None:
    truth.make(CASE, tmp_path / "clip.mp4")
    (sampled,) = baselines.sampled(tmp_path / "clip.mp4")
    assert sampled.text == "Come in."
    assert abs(sampled.start_us - 200_000) <= 200_000 and abs(sampled.end_us - 800_000) <= 200_000
    (cue,) = baselines.every_frame(tmp_path / "clip.mp4")
    assert (cue.start_us, cue.end_us, cue.text) == (200_000, 800_000, "Come in.")
