import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.translators import Fake, cue
from vidocr.errors import UsageError
from vidocr.translation import Answer, Glossary, Request, Term, read_glossary, translated
from vidocr.translation.glossary import missed


def glossary(*pairs: tuple[str, str]) -> Glossary:
    return Glossary(tuple(Term(*pair) for pair in pairs))


def file(folder: Path, content: str | bytes) -> Path:
    path = folder / "terms.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# The file


@pytest.mark.parametrize("head", ["", "\ufeff", "source,target\n", "\ufeffSource,Target,Note\r\n"])
def test_terms_are_read(tmp_path: Path, head: str) -> None:
    path = file(
        tmp_path, head + 'bridge,Brücke,of a ship\n\n"Smith, John", Herr  Schmidt \n船,Schiff'
    )
    assert read_glossary(path).terms == (
        Term("bridge", "Brücke", "of a ship"),
        Term("Smith, John", "Herr Schmidt"),
        Term("船", "Schiff"),
    )


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        ("a,b\nc\n", 2, "1 columns"),
        ("a;b\n", 1, "1 columns"),
        ("a,b\n\nc,d,e,f\n", 3, "4 columns"),
        ("a,b\n,d\n", 2, "no source"),
        ("a,b\nc, \n", 2, "no target"),
        ('a,b\n"c"d,e\n', 2, "expected after"),
        ('a,b\n"c,d\n', 2, "unexpected end"),
        ("a,b\nc,d\nA,e\n", 3, "'A' has another target in line 1"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, content: str, line: int, what: str
) -> None:
    path = file(tmp_path, content)
    with pytest.raises(UsageError) as error:
        read_glossary(path)
    assert f"{path}, line {line}: " in str(error.value) and what in str(error.value)
    assert "source,target" in str(error.value)


def test_a_term_may_stand_twice_if_it_says_the_same(tmp_path: Path) -> None:
    assert read_glossary(file(tmp_path, "a,b\nA,b\n")).terms == (Term("a", "b"),)


def test_files_that_are_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none.csv: the glossary can't be read: No such file"):
        read_glossary(tmp_path / "none.csv")
    with pytest.raises(UsageError, match="can't be read: Is a directory"):
        read_glossary(tmp_path)
    with pytest.raises(UsageError, match="not in UTF-8"):
        read_glossary(file(tmp_path, "Br\xfccke,b".encode("latin-1")))


# Terms in texts


@pytest.mark.parametrize(
    ("term", "text", "stands"),
    [
        ("ship", "The ship.", True),
        ("Ship", "SHIP'S BELL", True),
        ("ship", "A shipment", False),
        ("ship", "Worship", False),
        ("New York", "new  york", True),
        ("Straße", "STRASSE", True),
        ("cafe\u0301", "café", True),
        ("C++", "I like C++.", True),
        ("船", "那艘船很大", True),
        ("서울", "서울은 크다", True),
        ("Smith", "我是Smith先生", True),
        ("แมว", "นี่แมวดำ", True),
        ("नमक", "नमकीन", False),
        ("नमक", "नमक है", True),
        ("is", "This is it", True),
    ],
)
def test_terms_are_words_of_their_own(term: str, text: str, stands: bool) -> None:
    terms = glossary((term, "x"))
    assert terms.occurring(text) == (terms.terms if stands else ())
    assert missed((Term("y", term),), text) == (() if stands else (Term("y", term),))


def test_of_terms_that_overlap_the_longest_counts() -> None:
    terms = glossary(("York", "Y"), ("New York", "NY"), ("old", "alt"))
    assert terms.occurring("New York is old") == (terms.terms[1], terms.terms[2])
    assert terms.occurring("New York, old York") == terms.terms


@settings(deadline=None)
@given(
    st.text(max_size=30),
    st.text(min_size=1, max_size=5).filter(lambda text: " ".join(text.split())),
    st.text(max_size=30),
)
def test_a_term_between_spaces_is_found(before: str, term: str, after: str) -> None:
    terms = glossary((term, "x"))
    assert terms.occurring(f"{before} {term} {after}") == terms.terms


# Enforced


def test_terms_are_honoured_or_flagged_each_time() -> None:
    """A model that forgets every second term, and heeds demands two times of three."""
    names = [f"term{letter}" for letter in "abcdefghijklmnopqrst"]
    terms = glossary(*((name, name.upper() + "ISCH") for name in names))
    chance = random.Random(7)

    def answer(request: Request) -> Answer:
        likely = 0.67 if request.demands else 0.5
        targets = {term.source: term.target for term in request.terms if chance.random() < likely}
        return Answer(" ".join(targets.get(word, "ü" + word) for word in request.text.split()))

    given = [
        cue(number, f"word{number} {' and '.join(chance.sample(names, chance.randint(0, 3)))} end")
        for number in range(300)
    ]
    done, report = translated(given, Fake(answer), "de", glossary=terms)
    honoured = flagged = 0
    for before, after in zip(given, done, strict=True):
        for term in terms.terms:
            if term.source in before.text.split():
                flag = f"glossary: {term.source} should be {term.target}"
                is_there = term.target in after.text.split()
                assert is_there != (flag in after.flags)
                honoured, flagged = honoured + is_there, flagged + (not is_there)
    assert honoured > 2 * flagged > 0
    assert report.flagged == sum(bool(each.flags) for each in done)
