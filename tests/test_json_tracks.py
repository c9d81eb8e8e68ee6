import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.cue_lists import cue_lists
from vidocr import tracks
from vidocr.model import Box, Change, Cue, Proof, Source
from vidocr.tracks import About

VALIDATOR = Draft202012Validator(tracks.schema())
FULL = Cue(
    1_000_001,
    2_000_003,
    ("Guten Tag", "  {x}\t"),
    Box(0.1, 0.8, 0.9, 0.95),
    0.75,
    "de",
    Proof("rapid", (Box(0.1, 0.8, 0.9, 0.87),), ("Guten Tng",), (25, 50), (b"jpeg",)),
    Source(("Good day",), "en", "marian"),
    (Change("lines", "Guten Tag {x}", "Guten Tag\n{x}"),),
    ("fast: 21 characters a second",),
)
ABOUT = About("film\udcff.mkv", 1920, 1080, 60_000_000, Fraction(24000, 1001), "zh-Hant", "rapid")

TEXTS = st.text(st.characters(exclude_categories=()), max_size=8)
LANGUAGES = st.none() | st.sampled_from(("en", "zh-Hant", "pt-BR", "und"))
BOXES = st.builds(Box, *[st.floats(0, 1)] * 4)
LINES = st.lists(TEXTS, min_size=1, max_size=3).map(tuple)


@st.composite
def full_cues(draw: st.DrawFn) -> Cue:
    start_us = draw(st.integers(0, 10**12))
    return Cue(
        start_us,
        start_us + draw(st.integers(1, 10**7)),
        draw(LINES),
        draw(BOXES),
        draw(st.floats(0, 1)),
        draw(LANGUAGES),
        Proof(
            draw(TEXTS),
            tuple(draw(st.lists(BOXES, max_size=2))),
            tuple(draw(st.lists(TEXTS, max_size=2))),
            draw(st.none() | st.tuples(st.integers(0, 10**6), st.integers(0, 10**6))),
        ),
        draw(st.none() | st.builds(Source, LINES, LANGUAGES, TEXTS)),
        tuple(draw(st.lists(st.builds(Change, TEXTS, TEXTS, TEXTS), max_size=2))),
        tuple(draw(st.lists(TEXTS, max_size=2))),
    )


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(tracks.schema())
    assert tracks.schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@given(st.lists(full_cues(), max_size=4))
def test_everything_of_a_cue_is_kept_and_keeps_to_the_schema(cues: list[Cue]) -> None:
    text = tracks.render(cues, "json", ABOUT)

    VALIDATOR.validate(json.loads(text))
    again = tracks.parse(text.encode().decode(), "json")
    assert again == sorted(cues, key=lambda cue: cue.start_us)
    assert tracks.render(again, "json", ABOUT) == text


@given(cue_lists())
def test_times_are_microseconds(cues: list[Cue]) -> None:
    again = tracks.parse(tracks.render(cues, "json"), "json")
    assert again == sorted(cues, key=lambda cue: cue.start_us)


def test_pictures_alone_are_left_out() -> None:
    (again,) = tracks.parse(tracks.render([FULL], "json"), "json")
    assert again == FULL  # pictures are no part of that
    assert again.proof.pictures == ()


def test_a_cue_and_the_film_as_they_are_written() -> None:
    text = tracks.render([FULL], "json", ABOUT)

    assert text.isascii()
    content = json.loads(text)
    assert content["version"] == 1
    assert content["about"] == {
        "film": "film\udcff.mkv",
        "width": 1920,
        "height": 1080,
        "duration_us": 60_000_000,
        "frame_rate": "24000/1001",
        "language": "zh-Hant",
        "engine": "rapid",
    }
    assert content["cues"] == [
        {
            "start_us": 1_000_001,
            "end_us": 2_000_003,
            "lines": ["Guten Tag", "  {x}\t"],
            "language": "de",
            "place": [0.1, 0.8, 0.9, 0.95],
            "confidence": 0.75,
            "engine": "rapid",
            "frames": [25, 50],
            "boxes": [[0.1, 0.8, 0.9, 0.87]],
            "alternatives": ["Guten Tng"],
            "source": {"lines": ["Good day"], "language": "en", "translator": "marian"},
            "changes": [
                {"step": "lines", "before": "Guten Tag {x}", "after": "Guten Tag\n{x}"},
            ],
            "flags": ["fast: 21 characters a second"],
        }
    ]


def test_each_cue_has_a_line_of_its_own() -> None:
    text = tracks.render([Cue(0, 1, ("字幕",)), Cue(1, 2, ("b",))], "json")
    assert [line.startswith('{"start_us"') for line in text.splitlines()] == [
        *[False] * 4,
        True,
        True,
        *[False] * 2,
    ]
    assert "字幕" in text


def test_nothing_found_is_a_track_too() -> None:
    text = tracks.render([], "json")
    VALIDATOR.validate(json.loads(text))
    assert tracks.parse(text, "json") == []


Wrong = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda content: content.pop("version"),
        lambda content: content.update(version=2),
        lambda content: content.update(cues={}),
        lambda content: content.update(fps=25),
        lambda content: content["about"].update(frame_rate="24000/0"),
        lambda content: content["about"].update(width=0),
        lambda content: content["about"].pop("film"),
        lambda content: content["cues"][0].pop("start_us"),
        lambda content: content["cues"][0].update(start_us=-1),
        lambda content: content["cues"][0].update(start_us=1.5),
        lambda content: content["cues"][0].update(end_us="2"),
        lambda content: content["cues"][0].update(lines=[]),
        lambda content: content["cues"][0].update(lines="a"),
        lambda content: content["cues"][0].update(place=[0, 0, 1]),
        lambda content: content["cues"][0].update(confidence=1.1),
        lambda content: content["cues"][0].update(language="no such code"),
        lambda content: content["cues"][0].update(frames=[1]),
        lambda content: content["cues"][0]["source"].pop("translator"),
        lambda content: content["cues"][0]["changes"][0].update(why="x"),
        lambda content: content["cues"][0].update(colour="red"),
    ],
)
def test_wrong_documents_are_refused(wrong: Wrong) -> None:
    content = json.loads(tracks.render([FULL], "json", ABOUT))
    assert VALIDATOR.is_valid(content)
    wrong(content)

    assert not VALIDATOR.is_valid(content)
    with pytest.raises(ValueError, match=r"not a track in JSON: \$"):
        tracks.parse(json.dumps(content), "json")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 200_000])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a track in JSON"):
        tracks.parse(text, "json")
