import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidocr.translation import Request
from vidocr.translation.replies import BadReplyError, answers_in

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["id", "text", "begins", "translations", "x"]), inner)
    ),
    max_leaves=20,
)


def requests(*texts: str) -> list[Request]:
    return [Request(text, "de", "en") for text in texts]


def answers(texts: list[str], *asked: str, begins: list[str] | None = None) -> list[str]:
    """The texts that are taken; a reason in brackets for each other one."""
    items: list[dict[str, Any]] = [{"id": n, "text": t} for n, t in enumerate(texts, 1)]
    for item, begin in zip(items, begins or [], strict=False):
        item["begins"] = begin
    found = answers_in(json.dumps({"translations": items}), requests(*asked))
    return [answer.text or f"({answer.why})" for answer in found]


@settings(deadline=None)
@given(
    st.text() | _JSON.map(json.dumps) | st.text(alphabet='[]{}"id:,1 translationex', max_size=60)
)
def test_nothing_but_a_list_of_all_lines_is_taken(content: str) -> None:
    try:
        found = answers_in(content, requests("One", "Two"))
    except BadReplyError:
        return
    assert len(found) == 2 and '"id"' in content


@settings(deadline=None)
@given(_JSON, st.integers(1, 3))
def test_a_list_of_anything_is_taken_or_refused(value: Any, count: int) -> None:
    items = [{"id": number, "text": value} for number in range(1, count + 1)]
    try:
        found = answers_in(json.dumps(items), requests("One", "Two"))
    except BadReplyError:
        return
    assert count == len(found) == 2 and isinstance(value, str)


@pytest.mark.parametrize(
    ("asked", "texts"),
    [
        (["No!", "No."], ["Nein!", "Nein."]),
        (["Come on.", "Let's go."], ["Los.", "Los."]),
        (["I know that man.", "I know that man!"], ["Den Mann kenne ich."] * 2),
        (["Room 12.", "In 1945."], ["Zimmer 12.", "Im Jahr 1945."]),
        (["Room 12.", "It is mine."], ["Zimmer zwölf.", "Es ist meins."]),
        (["OK.", "Hamburg"], ["OK.", "Hamburg"]),
    ],
)
def test_what_may_be_alike_is_taken(asked: list[str], texts: list[str]) -> None:
    assert answers(texts, *asked) == texts


@pytest.mark.parametrize(
    ("asked", "texts", "why"),
    [
        (["Who is it?", "My old friend."], ["Wer da? Mein alter Freund.", "Mein alter Freund."],
         "one text for two"),
        (["Who is it?", "My old friend."], ["Wer ist denn da?"] * 2, "one text for two"),
        (["Room 12.", "It is mine."], ["Es ist meins.", "Zimmer 12."], "numbers of a line"),
        (["One.", "Two."], ["Eins.", "..."], "no words"),
    ],
)  # fmt: skip
def test_what_was_merged_or_moved_is_refused(asked: list[str], texts: list[str], why: str) -> None:
    with pytest.raises(BadReplyError, match=why):
        answers(texts, *asked)


def test_lines_that_are_said_to_begin_as_another_does_are_refused() -> None:
    asked = ["Where have you been?", "Here, all the time."]
    texts = ["Hier, die ganze Zeit.", "Gut."]
    with pytest.raises(BadReplyError, match="moved lines"):
        answers(texts, *asked, begins=["Here, all the", "Well"])
    right = ["Wo warst du?", "Hier, die ganze Zeit."]
    for begins in (["Where have you", "Here, all the"], ["Wo warst du", "Hier, die"], ["", "?"]):
        assert answers(right, *asked, begins=begins) == right


def test_what_is_wrong_with_one_line_costs_no_other() -> None:
    asked = ["I can't say.", "This stays as it is.", "Go.", "Fine."]
    texts = ["I cannot translate this.", "This stays as it is!", "Geh. " * 20, "Gut."]
    assert answers(texts, *asked) == [
        "(it was refused: I cannot translate this.)",
        "(it came back as it was)",
        "(the answer is far longer than what was said)",
        "Gut.",
    ]
