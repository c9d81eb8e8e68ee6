"""The page of evidence: what its text holds. How it works in a browser is tested beside."""

import base64
import hashlib
import json
import re
from array import array
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidocr.cli import main
from vidocr.evidence import page
from vidocr.evidence.facts import facts
from vidocr.model import Box, Change, Cue, Proof, Region, Source, VideoInfo
from vidocr.report import Glimpse, Reject, Report
from vidocr.stages.pictures import jpeg

DEMO = Path(__file__).parent.parent / "fixtures/videos/demo.mp4"
HOSTILE = "</script><img src=x onerror=alert(1)> <!-- & \u202e\u2028 \ud800 \0"
FILM = VideoInfo(Path("The quiet river.mkv"), 1280, 720, 400_000_000, Fraction(25), 0)
PICTURE = jpeg(np.tile(np.arange(200, dtype=np.uint8), (48, 1)))
SIGN = Box(1000, 40, 1200, 80)


def cue(number: int, text: str, **others: Any) -> Cue:
    """A cue of two seconds, one each five."""
    box = Box(0.2, 0.85, 0.2 + min(0.7, 0.016 * len(text)), 0.92)
    proof = Proof("rapid", (box,), frames=(125 * number, 125 * number + 50), pictures=(PICTURE,))
    start_us = 5_000_000 * number
    made = Cue(start_us, start_us + 2_000_000, (text,), box, 0.99, "en", proof)
    return replace(made, **others)


SENTENCES = ("The river was calm that day.", "We took the boat out.", "Nobody said a word.")
CUES = [
    *(cue(number, SENTENCES[number % 3]) for number in range(36)),
    cue(36, "A dark and stormy night.", confidence=0.6),
    cue(37, "Gute Nacht.", source=Source(("Good night.",), "en", "server"), flags=("not sure",)),
    cue(38, "Well then.", changes=(Change("marks", "Well then,.", "Well then."),)),
    cue(39, "Wait!", end_us=195_300_000),
]
REPORT = Report(
    video=FILM,
    engine="rapid",
    decoder="software",
    frames=10_000,
    film_us=400_000_000,
    regions=(Region(0, 560, 1280, 160, 50.0),),
    cues=len(CUES),
    rejects=[
        Reject("static", 0, 390_000_000, "CHANNEL 4", SIGN, PICTURE),
        Reject("unsure", 210_000_000, 211_000_000, "lIl", Box(500, 600, 700, 650), PICTURE),
    ],
    glimpses=[Glimpse(300_000_000, Box(100, 100, 300, 140), PICTURE)],
    starts_us=array("q", [us for us in range(0, 400_000_000, 40_000) if us // 1_000_000 != 100]),
    elapsed_s={"scan": 5.0, "film": 15.0},
)


def told(text: str) -> dict[str, Any]:
    """What the page's block of data holds."""
    (block,) = re.findall(r'<script type="application/json" id="facts">(.*?)</script>', text)
    return dict(json.loads(block))


def inside(tag: str, text: str) -> str:
    (found,) = re.findall(rf"<{tag}>(.*?)</{tag.split()[0]}>", text, re.DOTALL)
    return str(found)


# What it holds


def test_the_policy_allows_the_page_its_own_style_and_script_alone() -> None:
    text = page(CUES, REPORT, FILM)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', text)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert (rules["default-src"], rules["img-src"]) == ("'none'", "data:")
    for rule, tag in (("style-src", "style"), ("script-src", 'script type="module"')):
        digest = hashlib.sha256(inside(tag, text).encode()).digest()
        assert rules[rule] == f"'sha256-{base64.b64encode(digest).decode()}'"
    addresses = set(re.findall(r"\w+://[\w./]*", text))
    assert addresses == {"http://www.w3.org/2000/svg"}  # a name, not a place


def test_no_text_of_a_film_becomes_markup() -> None:
    film = replace(FILM, path=Path(HOSTILE.replace("/", "\\")))
    bad = cue(0, HOSTILE, language='"><b>', flags=(HOSTILE,))
    bad = replace(bad, proof=replace(bad.proof, engine=HOSTILE, alternatives=(HOSTILE + "!",)))
    report = replace(REPORT, rejects=[Reject(HOSTILE, 0, 1, HOSTILE, SIGN)], glimpses=[])
    text = page([bad], report, film)
    text.encode()  # nothing that UTF-8 can't hold
    plain = page([cue(0, "plain")], REPORT, FILM)
    assert re.findall(r"<[^\s>]*", text) == re.findall(r"<[^\s>]*", plain)
    assert told(text)["cues"][0]["lines"] == [HOSTILE]
    assert "\u202e" not in told(text)["name"] and r"\u202e" in told(text)["name"]


@given(st.text())
def test_any_text_comes_through(text: str) -> None:
    rendered = page([Cue(0, 1, (text,))], Report(video=FILM), FILM)
    assert told(rendered)["cues"][0]["lines"] == [text]
    rendered.encode()


def test_facts_are_those_of_cues_and_report() -> None:
    found = facts(CUES, REPORT, FILM)
    assert found["span"] == [0, 400_000_000]
    assert found["gaps"] == [[99_960_000, 101_000_000]]
    assert [reason["title"] for reason in found["reasons"]] == [
        "Seen in stills alone",
        "Read with too little confidence",
        "Never leaves",
    ]
    assert found["quiet"][0] == [195_300_000, 400_000_000, 2]
    assert ["Speed", "6 min 40 s of film in 20.0 s, 20.0\u00a0× real time"] in found["run"]
    assert found["cues"][37]["source"] == {
        "lines": ("Good night.",),
        "language": "en",
        "by": "server",
    }
    doubtful = [at for at, each in enumerate(found["cues"]) if each["bad"] >= found["doubtful"]]
    assert doubtful == [20, 36, 37, 39]  # the first stands beside missing frames


def test_a_film_without_cues_has_a_page() -> None:
    found = told(page([], Report(video=FILM, film_us=9_000_000), FILM))
    assert (found["cues"], found["span"]) == ([], [0, 9_000_000])


def test_a_film_that_was_cut_off_is_told() -> None:
    report = Report(video=FILM, film_us=9_000_000, frames=225, pts_gaps=1, ends_early=True)
    ((_, frames),) = [fact for fact in told(page([], report, FILM))["run"] if fact[0] == "Frames"]
    assert frames.startswith("225 decoded; 1 gap; ends before its container says")


# From the command line


def test_the_command_writes_it_beside_the_track(tmp_path: Path) -> None:
    target, evidence = tmp_path / "a.srt", tmp_path / "a.html"
    assert main([str(DEMO), "-o", str(target), "--evidence", str(evidence), "-q"]) == 0
    found = told(evidence.read_text())
    assert found["name"] == "demo.mp4" and len(found["cues"]) == 7
    assert all(each["pictures"] and each["frames"] for each in found["cues"])
    assert found["reasons"][0]["sights"][0]["where"] == "top right"  # the logo
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "a.srt"]


@pytest.mark.parametrize(
    "name,code,message",
    [
        ("there.html", 5, "there.html: exists already"),
        ("missing/a.html", 5, "create the folder first"),
        ("a.srt", 2, "a.srt: is given with -o, too; give another file with --evidence"),
        (str(DEMO), 2, "is the video itself; give another file with --evidence"),
    ],
)
def test_a_place_that_will_not_do_is_told_before_the_work(
    name: str, code: int, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "there.html").write_text("mine")
    words = [str(DEMO), "-o", str(tmp_path / "a.srt"), "--evidence", str(tmp_path / name)]
    assert main(words) == code
    assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["there.html"]
