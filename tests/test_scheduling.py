"""What tests make leaves their process as it was."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.backdrops import flat
from tests.clips import Clip, render
from tests.encoding import Encoding
from tests.films import numbered, write_film

AV1 = "libsvtav1"


def by_films(path: Path) -> None:
    write_film(path, [numbered(i) for i in range(3)], codec=AV1)


def by_clips(path: Path) -> None:
    render(Clip((64, 64), 0.2, flat(), encoding=Encoding(AV1, options={"preset": "12"})), path)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has scheduling policies")
@pytest.mark.parametrize("make", [by_films, by_clips])
def test_an_encoder_does_not_make_it_a_real_time_process(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    before = os.sched_getscheduler(0)
    make(tmp_path / "film.mkv")
    assert os.sched_getscheduler(0) == before
