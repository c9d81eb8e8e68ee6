"""The model that all share, and what those who ask it may make it do: nothing but read."""

import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vidocr.archive.shared import Door, Host, Question, SharedModel
from vidocr.errors import EngineError
from vidocr.model import Image
from vidocr.ocr.fake import FakeEngine

pictures = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda size: arrays(np.uint8, (*size, 3))
)
words = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(pictures, max_size=12), st.none() | words)
def test_a_question_comes_through(images: list[Image], prompt: str | None) -> None:
    found = Question.unpacked(Question(images, prompt).packed())
    assert found.prompt == prompt and len(found.images) == len(images)
    for image, other in zip(images, found.images, strict=True):
        assert image.dtype == other.dtype and np.array_equal(image, other)


class Taken:
    """What runs in any process that unpickles it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self._path),)


@pytest.fixture
def door() -> Iterator[Door]:
    door = Door.new()
    with closing(Host(FakeEngine, door)) as host:
        assert host.look()
        yield door


def test_who_was_taken_over_by_a_film_can_not_take_the_model_over(
    door: Door, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    hidden = np.empty(1, object)
    hidden[0] = Taken(there)
    image = np.zeros((4, 6, 3), np.uint8)
    with closing(SharedModel(door)) as model:
        for bad in (pickle.dumps(Taken(there)), Question([hidden]).packed()):
            with pytest.raises(EngineError, match="allow_pickle"):
                model._answer(bad)
        assert [line.text for (line,) in model.read([image])] == ["6 by 4"]
    assert not there.exists()
