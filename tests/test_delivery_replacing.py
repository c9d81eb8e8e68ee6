import time
from pathlib import Path

import pytest

from vidocr.delivery import Replacement, Rules, cleaned, read_replacements
from vidocr.errors import UsageError
from vidocr.model import Change, Cue


def written(folder: Path, text: str, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def said(replacements: tuple[Replacement, ...], *lines: str) -> list[str]:
    return [cue.text for cue in cleaned([Cue(0, 1, lines)], Rules(replacements=replacements))]


def test_a_list_is_read(tmp_path: Path) -> None:
    text = (
        "\ufeff# who is who\nJon,John\n\n"
        '"Smith, Jane","Jane ""J"" Smith"\n'
        "re:^\\s*-(\\w),- \\1\nugh,\n"
    )

    found = read_replacements(written(tmp_path, text))

    assert [(each.old, each.new, each.is_expression) for each in found] == [
        ("Jon", "John", False),
        ("Smith, Jane", 'Jane "J" Smith', False),
        (r"^\s*-(\w)", r"- \1", True),
        ("ugh", "", False),
    ]
    assert [each.where.removeprefix(f"{tmp_path}/") for each in found] == [
        f"list.csv, line {line}" for line in (2, 4, 5, 6)
    ]


def test_a_list_with_tabs_is_read(tmp_path: Path) -> None:
    (found,) = read_replacements(written(tmp_path, '"\t”\n', "list.TSV"))

    assert (found.old, found.new) == ('"', "”")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a,b\n\nJon\n", 3, "1 columns; give two"),
        ("a,b,c", 1, "3 columns; give two"),
        (",b", 1, "nothing to be found"),
        ("re:,b", 1, "nothing to be found"),
        ('a,b\n"a\nb",c\nre:(,b', 4, "not a regular expression"),
        (r"re:(a),\2", 1, "no such group"),
        (r"re:(a),\g<name>", 1, "not a regular expression and its replacement"),
        ('a,b\n"a,b\n', 2, "mend the quotes"),
    ],
)
def test_what_is_no_replacement_is_named(tmp_path: Path, text: str, line: int, what: str) -> None:
    path = written(tmp_path, text)

    with pytest.raises(UsageError) as raised:
        read_replacements(path)

    assert str(raised.value).startswith(f"{path}, line {line}: ")
    assert what in str(raised.value)


def test_a_file_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    missing, latin = tmp_path / "missing.csv", tmp_path / "latin.csv"
    latin.write_bytes("café,b".encode("latin-1"))

    with pytest.raises(UsageError, match="missing.csv: can't be read: No such file"):
        read_replacements(missing)
    with pytest.raises(UsageError, match="latin.csv: not in UTF-8"):
        read_replacements(latin)


def test_replacements_follow_each_other_and_are_told() -> None:
    replacements = (
        Replacement("l'm", "I'm", "a.csv, line 1"),
        Replacement("I'm", "I am", "line 2"),
    )

    (cue,) = cleaned([Cue(0, 1, ("l'm here",))], Rules(replacements=replacements))

    assert cue.text == "I am here"
    assert cue.changes == (
        Change("replacement (a.csv, line 1)", "l'm here", "I'm here"),
        Change("replacement (line 2)", "I'm here", "I am here"),
    )


def test_letters_mean_themselves_unless_an_expression_is_asked_for() -> None:
    assert said((Replacement("a.c", "x", "1"),), "a.c abc") == ["x abc"]
    assert said((Replacement("a.c", "x", "1", True),), "a.c abc") == ["x x"]
    assert said((Replacement(r"\n", "x", "1"),), "a", "b") == ["a\nb"]
    assert said((Replacement(r"(\w+)$", r"<\1>", "1", True),), "one two", "three") == [
        "one <two>\n<three>"
    ]


def test_what_leaves_nothing_of_a_line_or_a_cue_takes_it_away() -> None:
    music = (Replacement(r"\[.*?\]", "", "1", True),)

    assert said(music, "[MUSIC]", "Hello [door]") == ["Hello"]
    assert said(music, "[MUSIC]") == []


def test_what_is_not_found_leaves_the_text_as_it_was() -> None:
    cue = Cue(0, 1, (" odd  spaces ", "stay"))

    assert cleaned([cue], Rules(replacements=(Replacement("x", "y", "1"),))) == [cue]


def test_an_expression_that_runs_away_is_stopped_and_flagged() -> None:
    slow = Replacement(r"(a|aa)+$", "x", "list.csv, line 7", True)
    rules = Rules(replacements=(slow, Replacement("b", "c", "2")))
    started = time.monotonic()

    (cue,) = cleaned([Cue(0, 1, ("a" * 60 + "b",))], rules)

    assert time.monotonic() - started < 5
    assert cue.text == "a" * 60 + "c"
    assert cue.flags == ("replacement: list.csv, line 7 takes too long here and was left out",)
    assert len(cleaned([cue], rules)[0].flags) == 1
