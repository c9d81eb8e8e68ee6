import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidocr.config import presets, read_config, resolve
from vidocr.errors import UsageError
from vidocr.options import Options, Setting, settings
from vidocr.values import Number, RegionSpec

DEFAULT_TOML = Path(__file__).parent.parent / "configs" / "default.toml"
NUMBERS = [setting for setting in settings() if isinstance(setting.kind, Number)]


def name_of(setting: Setting) -> str:
    return setting.name


def test_every_option_has_its_place_in_the_help() -> None:
    assert [setting.name for setting in settings()] == [field.name for field in fields(Options)]
    for setting in settings():
        assert setting.group and setting.help.endswith(".")
        assert setting.kind.takes


@pytest.mark.parametrize("setting", NUMBERS, ids=name_of)
def test_range_is_closed(setting: Setting) -> None:
    kind = setting.kind
    assert isinstance(kind, Number)
    step = 1 if kind.type is int else 1e-6
    for value in (kind.least, kind.most):
        options = resolve({setting.name: str(value)}, environment={})
        assert getattr(options, setting.name) == value
    for value in (kind.least - step, kind.most + step):
        with pytest.raises(UsageError, match=re.escape(kind.takes)):
            resolve({setting.name: str(value)}, environment={})
        given: dict[str, Any] = {setting.name: value}
        with pytest.raises(UsageError, match=setting.name):
            Options(**given)


@pytest.mark.parametrize("setting", NUMBERS, ids=name_of)
@pytest.mark.parametrize("wrong", ["", "many", "nan", "inf", True, [1], "0x10"])
def test_what_is_no_number_is_refused(setting: Setting, wrong: object) -> None:
    with pytest.raises(UsageError, match=f"^{setting.key}: takes .* not {re.escape(repr(wrong))}"):
        resolve({setting.name: wrong}, environment={})


def test_a_fraction_is_no_whole_number(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text("grid_ms = 400.5\n")
    with pytest.raises(UsageError, match="a whole number from 100 to 2000 ms, not 400.5"):
        resolve({}, config=str(path), environment={})


def test_later_sources_win(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text("scan_pairs = 20\ngrid_ms = 300\nmax_gap_ms = 10\n")
    variables = {"VIDOCR_GRID_MS": "200", "VIDOCR_MAX_GAP_MS": "20", "VIDOCR_ENGINE": ""}

    options = resolve({"max_gap_ms": "30"}, config=str(path), environment=variables)

    assert (options.scan_pairs, options.grid_ms, options.max_gap_ms) == (20, 200, 30)
    assert options.engine == Options().engine
    assert options.audit_s == Options().audit_s


@pytest.mark.parametrize(
    ("flags", "config", "variables", "place"),
    [
        ({"grid_ms": "1"}, "", {}, "--grid-ms"),
        ({}, "grid_ms = 1", {}, "own.toml"),
        ({}, "", {"VIDOCR_GRID_MS": "1"}, "the environment variable VIDOCR_GRID_MS"),
        ({"grid_ms": "400"}, "grid_ms = 1", {}, "own.toml"),
    ],
)
def test_error_names_option_range_value_and_place(
    tmp_path: Path, flags: dict[str, str], config: str, variables: dict[str, str], place: str
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(config)
    with pytest.raises(UsageError) as caught:
        resolve(flags, config=str(path), environment=variables)
    message = str(caught.value)
    assert message.startswith("grid_ms: takes a whole number from 100 to 2000 ms, not ")
    assert "1" in message
    assert place in message


def test_unknown_key_gets_a_suggestion(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text("grid_msec = 400\n")
    with pytest.raises(UsageError, match=r"own.toml: unknown option 'grid_msec'.*'grid_ms'\?"):
        read_config(str(path))


@pytest.mark.parametrize("content", [b"grid_ms = ", b"grid_ms = '\xff'"])
def test_what_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="own.toml: not a TOML file"):
        read_config(str(path))


def test_missing_file_and_unknown_preset(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read: No such file.*film"):
        read_config(str(tmp_path / "none.toml"))
    with pytest.raises(UsageError, match="can't be read: Is a directory"):
        read_config(f"{tmp_path}/")
    with pytest.raises(UsageError, match=r"flim: unknown preset \(did you mean 'film'\?\); "):
        read_config("flim")


def test_a_file_needs_no_ending_if_it_has_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("film").write_text("grid_ms = 123\n")

    assert resolve({}, config="./film", environment={}).grid_ms == 123
    assert resolve({}, config="film", environment={}).grid_ms == Options().grid_ms


# Presets


def test_presets_are_those_of_the_folder() -> None:
    assert presets() == tuple(sorted(path.stem for path in DEFAULT_TOML.parent.glob("*.toml")))


@pytest.mark.parametrize("preset", presets())
def test_preset_sets_what_differs_and_says_why(preset: str) -> None:
    _, table = read_config(preset)
    changed = resolve({}, config=preset, environment={})

    assert bool(table) == (preset != "default")
    for setting in settings():
        is_set = setting.key in table
        assert (getattr(changed, setting.name) != setting.default) == is_set, setting.name
    text = (DEFAULT_TOML.parent / f"{preset}.toml").read_text()
    for key in table:
        assert re.search(rf"^# .+\n{key} = ", text, re.MULTILINE), key


def test_default_toml_lists_each_option_with_help_range_and_default() -> None:
    blocks = [block.split("\n#") for block in DEFAULT_TOML.read_text().split("\n\n")]
    documented: dict[str, tuple[str, Any]] = {}
    for *comment, assignment in blocks:
        if " = " in assignment and not assignment.startswith(" "):
            ((key, value),) = tomllib.loads(assignment).items()
            words = " ".join(line.removeprefix("#").strip() for line in comment)
            documented[key] = (words, value)

    assert list(documented) == [setting.key for setting in settings()]
    for setting in settings():
        words, value = documented[setting.key]
        assert words == f"{setting.help} Takes {setting.kind.takes}."
        assert setting.kind.parse(value) == setting.default


# Times


@pytest.mark.parametrize(
    ("text", "time_us"),
    [
        ("0", 0),
        ("90", 90_000_000),
        ("90.5", 90_500_000),
        ("0.000001", 1),
        ("1:30", 90_000_000),
        ("90:00", 5_400_000_000),
        ("01:02:03.250", 3_723_250_000),
        ("01:02:03,250", 3_723_250_000),
        (90, 90_000_000),
        (90.25, 90_250_000),
    ],
)
def test_times(text: object, time_us: int) -> None:
    assert resolve({"start_us": text}, environment={}).start_us == time_us


@pytest.mark.parametrize("text", ["", "-1", "1:60", "1:60:00", "1:2:3:4", "1:", "noon", "1h", True])
def test_wrong_times(text: object) -> None:
    with pytest.raises(UsageError, match=r"start: takes seconds or \[HH:\]MM:SS"):
        resolve({"start_us": text}, environment={})


def test_toml_takes_times_with_and_without_quotes(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('start = 00:01:00\nend = "2:00"\n')

    options = resolve({}, config=str(path), environment={})

    assert (options.start_us, options.end_us) == (60_000_000, 120_000_000)
    assert resolve({"end_us": ""}, config=str(path), environment={}).end_us is None


@pytest.mark.parametrize("end_us", [5, 10])
def test_end_has_to_come_after_start(end_us: int) -> None:
    with pytest.raises(UsageError, match="end: .* not after start"):
        Options(start_us=10, end_us=end_us)


# Regions


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("0,0,100,50", (0, 0, 100, 50)),
        ("10%,80%,80%,15%", (20, 80, 160, 15)),
        (" 10 px , 80% ,100%, 15 ", (10, 80, 190, 15)),
        ("0,0,9999,9999", (0, 0, 200, 100)),
    ],
)
def test_regions(text: str, place: tuple[int, int, int, int]) -> None:
    assert RegionSpec.parse(text).resolve(200, 100) == place


@pytest.mark.parametrize(
    "text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "-1,0,5,5", "0,0,0,5", "0,0,5,0%", "1e3,0,1,1"]
)
def test_wrong_regions(text: str) -> None:
    with pytest.raises(ValueError, match="takes"):
        RegionSpec.parse(text)


@pytest.mark.parametrize("text", ["200,0,10,10", "0,100%,10,10", "0,0,0.2,10"])
def test_region_outside_of_the_picture(text: str) -> None:
    with pytest.raises(UsageError, match="outside of the picture, which is 200 x 100 px"):
        RegionSpec.parse(text).resolve(200, 100)


@given(
    st.lists(st.tuples(st.integers(0, 3000), st.booleans()), min_size=4, max_size=4),
    st.integers(1, 2000),
    st.integers(1, 2000),
)
def test_a_region_lies_in_the_picture_or_is_refused(
    parts: list[tuple[int, bool]], width: int, height: int
) -> None:
    try:
        spec = RegionSpec.parse(",".join(f"{n}{'%' if percent else ''}" for n, percent in parts))
        x, y, w, h = spec.resolve(width, height)
    except (ValueError, UsageError):
        return
    assert 0 <= x < x + w <= width
    assert 0 <= y < y + h <= height
    assert RegionSpec.parse(str(spec)) == spec


def test_regions_come_from_every_source(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('regions = ["0,0,10,10", "0,50%,100%,50%"]\n')
    variables = {"VIDOCR_REGIONS": "1,1,1,1; 2,2,2,2"}

    assert len(resolve({}, config=str(path), environment={}).regions) == 2
    from_variable = resolve({}, config=str(path), environment=variables).regions
    assert [str(region) for region in from_variable] == ["1,1,1,1", "2,2,2,2"]
    flags = {"regions": ("3,3,3,3",)}
    assert [str(r) for r in resolve(flags, environment=variables).regions] == ["3,3,3,3"]


def test_a_key_is_shown_nowhere() -> None:
    secret = "sk-very\x07secret"
    with pytest.raises(UsageError) as caught:
        resolve({}, environment={"VIDOCR_API_KEY": secret})
    assert "secret" not in str(caught.value) and "VIDOCR_API_KEY" in str(caught.value)
    options = resolve({}, environment={"VIDOCR_API_KEY": "sk-1234\r"})
    assert options.api_key == "sk-1234" and "sk-1234" not in repr(options)


@pytest.mark.parametrize(
    ("word", "on"), [("on", True), ("yes", True), ("0", False), ("OFF", False)]
)
def test_a_switch_takes_words(word: str, on: bool) -> None:
    assert resolve({}, environment={"VIDOCR_OFFLINE": word}).offline == on


# Engines


def test_engines_for_tests_are_taken_and_not_offered() -> None:
    assert Options(engine="fake").engine == "fake"
    with pytest.raises(UsageError, match="engine: takes auto, .* or tesseract, not 'paddle'"):
        Options(engine="paddle")
