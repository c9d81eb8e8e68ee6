"""``vidocr score``, as it is typed."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from vidocr.cli import main
from vidocr.errors import InputError
from vidocr.model import Box, Cue
from vidocr.scoring.files import read
from vidocr.tracks import readable_formats, render

SRT = """1
00:00:01,000 --> 00:00:03,000
Good <i>morning</i>.

2
00:00:04,000 --> 00:00:06,000
{\\an8}Who is
there?
"""
TRUTH: dict[str, Any] = {
    "fps": 25,
    "note": "passed over",
    "cues": [
        {"start": 1, "end": 3.0, "text": "Good morning.", "end_range": [2.8, 3.0]},
        {"start_us": 4_000_000, "end_us": 6_000_000, "lines": ["Who is", "there?"]},
    ],
}


@pytest.fixture
def truth(tmp_path: Path) -> str:
    return written(tmp_path / "truth.json", json.dumps(TRUTH))


def written(path: Path, text: str) -> str:
    path.write_text(text, "utf-8")
    return str(path)


def scored(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["score", *arguments, "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


ASS = (
    "[Script Info]\nScriptType: v4.00+\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    "Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,no cue\n"
    "Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,{\\i1}Good morning.\n"
    "Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,{\\p1}m 0 0 l 9 9\n"
    "Dialogue: 0,0:00:04.00,0:00:06.00,Default,,0,0,0,,Who is\\Nthere?\n"
)
VTT = (
    "WEBVTT\n\nNOTE x\n\n00:01.000 --> 00:03.000 line:5%\n<v Ann>Good morning.\n\n"
    "2\n00:04.000 --> 00:06.000\nWho is\nthere?\n"
)


@pytest.mark.parametrize("name", ["o.srt", "o.vtt", "o.ass", "o.SSA", "o.json", "utf16.srt"])
def test_every_format_is_read(
    name: str, truth: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {"o.vtt": VTT, "o.ass": ASS, "o.SSA": ASS, "o.json": json.dumps(TRUTH["cues"])}
    encoding = "utf-16" if "utf16" in name else "utf-8"
    (tmp_path / name).write_text(texts.get(name, SRT), encoding)
    told = scored(capsys, truth, str(tmp_path / name))
    assert told["figures"]["f1"] == told["figures"]["exact"] == 1
    assert told["figures"]["suber"] == told["figures"]["end"]["max_frames"] == 0


@pytest.mark.parametrize("format", readable_formats())
def test_tracks_that_vidocr_writes_are_read(format: str, tmp_path: Path) -> None:
    cues = [
        Cue(10_000, 2_000_000, ("a<b & c>d {e}", "<3 <you>")),
        Cue(3_000_000, 4_000_000, ("top",), Box(0, 0, 1, 0.1)),
    ]
    track = read(Path(written(tmp_path / f"track.{format}", render(cues, format))))
    assert [(c.start_us, c.end_us, c.lines) for c in track.cues] == [
        (c.start_us, c.end_us, c.lines) for c in cues
    ]


@pytest.mark.parametrize(("name", "text"), [("e.srt", ""), ("e.vtt", "WEBVTT\n"), ("e.json", "[]")])
def test_an_empty_track_is_one(name: str, text: str, tmp_path: Path) -> None:
    assert read(Path(written(tmp_path / name, text))).cues == ()


def test_pairs_and_faults_are_told(
    truth: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = SRT.replace("morning", "moming").replace("01,000", "01,080").replace("03,0", "02,9")
    out = written(tmp_path / "out.srt", text + "\n3\n00:00:08,000 --> 00:00:09,000\nLOGO\n")
    told = scored(capsys, truth, out)
    assert told["pairs"][0] == {
        "truth": 0,
        "found": 0,
        "hit": True,
        "iou": pytest.approx(0.91),
        "cer": pytest.approx(2 / 13, abs=1e-5),
        "edits": 2,
        "exact": False,
        "start_error_ms": 80,
        "end_error_ms": 0,  # in the fade
        "start_error_frames": 2,
        "end_error_frames": 0,
    }
    assert (told["invented"], told["missed"], len(told["pairs"])) == ([2], [], 2)
    assert told["figures"]["precision"] == pytest.approx(2 / 3, abs=1e-5)
    assert told["figures"]["start"]["within_one_frame"] == 0.5


def test_a_person_gets_a_summary_and_a_line_a_wrong_cue(
    truth: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = written(tmp_path / "out.srt", SRT.replace("Who", "\x1bWhy").replace("01,000", "01,080"))
    assert main(["score", truth, out]) == 0
    short = capsys.readouterr().out
    assert "F1 1.000" in short and "max 80 ms, 2.0 fr" in short and len(short.splitlines()) == 6
    assert main(["score", truth, out, "-v"]) == 0
    late, misread = capsys.readouterr().out.removeprefix(short).split("\n")[1:-1]
    assert late.split()[:2] == ["mistimed", "0:01.000-0:03.000"]
    assert late.endswith("'Good morning.'; start +80 ms (+2.0 frames)")
    assert misread.startswith("misread") and r"\x1bWhy" in misread


def test_the_rate_is_taken_from_the_flag_or_not_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    track = written(tmp_path / "track.srt", SRT)
    late = written(tmp_path / "late.srt", SRT.replace("01,000", "01,500"))
    told = scored(capsys, track, late, "--fps", "24000/1001")
    assert told["figures"]["start"]["max_frames"] == pytest.approx(12 / 1.001, abs=1e-5)
    assert scored(capsys, track, late)["figures"]["start"]["within_one_frame"] is None
    assert main(["score", track, late]) == 0
    assert "not known; give --fps" in capsys.readouterr().out


def test_frames_may_have_times_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    times = [0, 1, 1.5, 2, 5]
    truth = written(tmp_path / "t.json", json.dumps(TRUTH | {"frame_times": times}))
    out = written(tmp_path / "out.srt", SRT.replace("01,000", "01,500"))
    assert scored(capsys, truth, out)["figures"]["start"]["max_frames"] == 1


def test_states_of_the_screen_are_scored_with_flatten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    above = [{"start": 0, "end": 6, "text": "Above"}, {"start": 2, "end": 4, "text": "Below"}]
    states = [
        {"start": 0, "end": 2, "text": "Above"},
        {"start": 2, "end": 4, "text": "Below\nAbove"},
        {"start": 4, "end": 6, "text": "Above"},
    ]
    files = [
        written(tmp_path / f"{n}.json", json.dumps(cues)) for n, cues in enumerate((above, states))
    ]
    assert scored(capsys, *files)["figures"]["f1"] < 1
    figures = scored(capsys, *files, "--flatten")["figures"]
    assert (figures["f1"], figures["exact"], figures["truth"]) == (1, 1, 3)


class Page(HTMLParser):
    """The tags, and the text inside of each kind."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "meta":
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.inside.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.texts.append((self.inside[-1], data))


def test_the_page_shows_the_worst_first_and_runs_nothing(truth: str, tmp_path: Path) -> None:
    text = SRT.replace("morning", "moming").replace("Who is", "<script>x()</script>Who is")
    out = written(tmp_path / "<b>out.srt", text)
    target = tmp_path / "page.html"
    assert main(["score", truth, out, "--html", str(target)]) == 0
    html = target.read_text("utf-8")
    page = Page(html)
    assert not page.inside
    assert "<script" not in html and "<b>out" not in html and "http:" not in html
    assert re.search(r"default-src 'none'", html) and "prefers-color-scheme: dark" in html
    changed = [(tag, said) for tag, said in page.texts if tag in ("ins", "del")]
    assert changed == [("ins", "<script>x()</script>"), ("del", "rn"), ("ins", "m")]
    assert main(["score", truth, out, "--html", str(target)]) == 5
    assert main(["score", truth, out, "--html", str(target), "--overwrite"]) == 0


def test_the_page_never_replaces_a_track(
    tmp_path: Path, truth: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = written(tmp_path / "out.srt", SRT)
    for track in (truth, out):
        before = Path(track).read_text()
        assert main(["score", truth, out, "--html", track, "--overwrite"]) == 2
        assert f"{Path(track).name}: is one of the tracks" in capsys.readouterr().err
        assert Path(track).read_text() == before


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("none.srt", None, "there is no such file; check the path"),
        ("track.txt", "x", "its ending names no format; give one of .srt, .vtt"),
        ("x.srt", "some words", "is no .srt file; give it the ending of what it is"),
        ("x.vtt", SRT, "is no .vtt file"),
        ("x.json", "{", "is no JSON"),
        ("deep.json", "[" * 200_000, "is no JSON"),
        ("x.json", "{}", "holds no list of cues"),
        ("x.json", '["a"]', "cue 1 is no object"),
        ("x.json", '[{"start": 1, "end": 2}]', "cue 1: has neither 'text'"),
        ("x.json", '[{"start": "1", "end": 2, "text": "x"}]', "'start' is '1', no number"),
        ("x.json", '[{"start": 1, "end": NaN, "text": "x"}]', "'end' is nan, no number"),
        ("x.json", '{"cues": [], "fps": "0/0"}', "takes frames a second"),
        ("x.json", '{"cues": [], "frame_times": [1, 0]}', "doesn't rise"),
        ("x.json", '{"cues": [], "frame_times": [1, 1]}', "two frames at one time"),
    ],
)
def test_files_that_cannot_be_scored_are_told(
    name: str,
    text: str | None,
    words: str,
    truth: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if text is not None:
        written(tmp_path / name, text)
    assert main(["score", truth, str(tmp_path / name)]) == InputError.exit_code
    told = capsys.readouterr()
    assert words in told.err and name in told.err and not told.out


def test_other_mistakes_are_told(
    truth: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "latin.srt").write_bytes(SRT.replace("o", "ö").encode("latin-1"))
    assert main(["score", truth, str(tmp_path / "latin.srt")]) == InputError.exit_code
    assert "is not in UTF-8; save it in that encoding" in capsys.readouterr().err
    assert main(["score", truth, truth, "--fps", "fast"]) == 2
    assert "--fps takes frames a second, as 25 or 24000/1001" in capsys.readouterr().err
    assert main(["score", truth, truth, "--html", str(tmp_path / "no" / "x.html")]) == 5
    assert "create the folder first" in capsys.readouterr().err
    assert main(["score", truth, truth, "--html", str(tmp_path)]) == 5
    assert "give the name of a file with --html" in capsys.readouterr().err


def test_what_films_need_is_not_loaded(truth: str) -> None:
    code = (
        "import sys; from vidocr.cli import main; "
        f"main(['score', {truth!r}, {truth!r}]); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "pysubs2" in loaded
    assert not loaded & {"torch", "transformers", "cv2", "av", "onnxruntime", "rapidocr", "skimage"}
