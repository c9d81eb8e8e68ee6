"""What ``import vidocr`` offers."""

import inspect
from importlib import resources

import pytest

import vidocr
from vidocr import errors, model
from vidocr.errors import VidocrError
from vidocr.report import Report

NAMES = [
    "Box",
    "Change",
    "Cue",
    "Glimpse",
    "Image",
    "Line",
    "OcrEngine",
    "Options",
    "Position",
    "Proof",
    "Region",
    "Reject",
    "Report",
    "Source",
    "Span",
    "VidocrError",
    "extract",
]


def test_the_public_names_are_these() -> None:
    assert vidocr.__all__ == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_name_loads(name: str) -> None:
    assert getattr(vidocr, name) is not None


def test_a_star_import_gives_the_names() -> None:
    space: dict[str, object] = {}
    exec("from vidocr import *", space)
    assert set(NAMES) <= set(space)
    assert space["extract"] is vidocr.extract
    assert space["Cue"] is model.Cue


def test_other_names_are_no_part_of_it() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        vidocr.__getattr__("nothing")
    assert not hasattr(vidocr, "make_engine")


def test_the_types_are_known_to_type_checkers() -> None:
    assert (resources.files("vidocr") / "py.typed").is_file()


def test_every_error_has_an_exit_code_of_its_own_and_is_drawn() -> None:
    kinds = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, VidocrError) and kind is not VidocrError
    ]
    codes = [kind.exit_code for kind in kinds]
    assert len(set(codes)) == len(codes) > 4
    assert not set(codes) & {0, 1, errors.EXIT_NO_SUBTITLES, errors.EXIT_INTERRUPTED}
    for kind in kinds:
        assert errors.__doc__ is not None
        (drawn,) = [line for line in errors.__doc__.splitlines() if f" {kind.__name__} " in line]
        assert str(kind.exit_code) in drawn.split()


@pytest.mark.parametrize(
    "y_centre,position",
    [
        (0.0, "TOP"),
        (0.3, "TOP"),
        (0.4, "MIDDLE"),
        (0.7, "BOTTOM"),
        (1.0, "BOTTOM"),
        (1.2, "BOTTOM"),
    ],
)
def test_a_cue_says_in_which_third_it_stands(y_centre: float, position: str) -> None:
    place = model.Box(0.1, y_centre - 0.05, 0.9, y_centre + 0.05)
    cue = model.Cue(0, 1, ("a", "b"), place)
    assert cue.position is model.Position[position]
    assert cue.text == "a\nb"


def test_boxes() -> None:
    box = model.Box(10, 20, 30, 60)
    assert (box.width, box.height, box.x_centre, box.y_centre) == (20, 40, 20, 40)
    assert box.scaled(2) == model.Box(20, 40, 60, 120)
    assert box.moved(-10, 5) == model.Box(0, 25, 20, 65)
    assert box.overlap(model.Box(25, 70, 90, 80)) == (5, -10)
    assert box.union(model.Box(0, 50, 5, 90)) == model.Box(0, 20, 30, 90)


def test_a_report_counts_what_was_rejected() -> None:
    report = Report()
    report.reject("moving")
    report.reject("place", 3)
    report.reject("moving", 2)
    assert report.rejected == {"moving": 3, "place": 3}
    assert Report().rejected == {}
