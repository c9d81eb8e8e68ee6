"""The small checkpoint that really reads: from crops to tracks, through every layer."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from tests.backdrops import Backdrop, footage, gradient, landscape
from tests.checkpoints import READS_LATIN, lines
from tests.clips import WHITE, Clip, Style, render
from tests.kinds import row
from vidocr import Options, extract
from vidocr.cli import main
from vidocr.model import Cue, Image
from vidocr.ocr.hunyuan import HunyuanEngine
from vidocr.ocr.weights import source_for
from vidocr.scoring import score
from vidocr.tracks import srt

pytestmark = pytest.mark.usefixtures("one_torch_thread")

SAID = (
    "The old captain left the keys.",
    "It costs 45 euros, doesn't it?",
    "WHO BROKE THE WINDOW?",
    "No.",
    "Room 214: ask for Mr. Weber!",
)


@pytest.fixture(scope="module")
def engine() -> HunyuanEngine:
    return HunyuanEngine(source_for(str(READS_LATIN)))


def samples(count: int, longest: int, seed: int) -> list[lines.Sample]:
    rng = random.Random(seed)
    return [lines.sample(rng, lines.width_for(rng, longest), longest) for _ in range(count)]


def rgb(sample: lines.Sample) -> Image:
    return np.repeat(sample.picture[..., None], 3, 2)


def texts(answers: Sequence[Sequence[object]]) -> list[str]:
    return ["\n".join(str(getattr(line, "text", "")) for line in each) for each in answers]


def cer(read: Sequence[str], truth: Sequence[str]) -> float:
    wrong = sum(map(Levenshtein.distance, read, truth))
    return wrong / max(1, sum(map(len, truth)))


@pytest.mark.parametrize("longest", [6, 15, 25, 36])
def test_fresh_lines_are_read(engine: HunyuanEngine, longest: int) -> None:
    fresh = samples(48, longest, seed=10_000 + longest)
    read = texts(engine.read([rgb(sample) for sample in fresh]))
    assert cer(read, [sample.text for sample in fresh]) <= 0.04


def test_nothing_is_read_where_nothing_stands(engine: HunyuanEngine) -> None:
    blank = [sample for sample in samples(600, 12, seed=77) if not sample.text]
    assert len(blank) > 30
    assert texts(engine.read([rgb(sample) for sample in blank])) == [""] * len(blank)


@pytest.mark.parametrize("batch", [1, 7, 32])
def test_batches_read_byte_for_byte_what_is_read_alone(batch: int) -> None:
    mixed = [rgb(s) for longest in (4, 12, 24, 38) for s in samples(8, longest, seed=longest)]
    mixed += [np.repeat(np.repeat(picture, 3, 0), 3, 1) for picture in mixed[::5]]  # other sizes
    source = source_for(str(READS_LATIN))
    engine = HunyuanEngine(source, batch=batch)
    alone = [engine.read([picture])[0] for picture in mixed]
    order = random.Random(batch).sample(range(len(mixed)), len(mixed))
    together = engine.read([mixed[at] for at in order])
    assert texts(together) == texts([alone[at] for at in order])
    assert len(set(texts(alone))) > 25


# Films


def film(path: Path, size: tuple[int, int], backdrop: Backdrop, style: Style) -> list[Cue]:
    said = row(SAID, style, stand=34)
    return render(Clip(size, 9.0, backdrop, said), path)


@pytest.mark.parametrize(
    ("size", "backdrop", "style"),
    [
        ((640, 360), footage(1), Style(size=0.06)),
        ((1280, 720), gradient((30, 40, 60), (60, 70, 90)), Style(size=0.05)),
        ((854, 480), landscape(2), WHITE),
    ],
    ids=["footage", "gradient", "landscape"],
)
def test_a_film_becomes_a_track(
    size: tuple[int, int], backdrop: Backdrop, style: Style, tmp_path: Path
) -> None:
    path, out = tmp_path / "film.mp4", tmp_path / "film.srt"
    truth = film(path, size, backdrop, style)
    asked = [str(path), "-o", str(out), "--engine", "hunyuan", "--model", str(READS_LATIN), "-q"]
    assert main(asked) == 0
    found = srt.parse(out.read_text())
    result = score(truth, found, frame_us=40_000)
    assert result.f1 == 1.0 and result.cer <= 0.02, [cue.text for cue in found]
    assert result.starts_near == result.ends_near == 1.0


def test_a_film_without_words_has_no_track(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    render(Clip((640, 360), 4.0, footage(3)), path)
    cues, report = extract(path, Options(engine="hunyuan", model=str(READS_LATIN)))
    assert list(cues) == [] and report.cues == 0


def test_a_cascade_asks_it_about_few_lines(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    truth = film(path, (640, 360), footage(1), Style(size=0.06))
    cues, report = extract(path, Options(engine="cascade", model=str(READS_LATIN)))
    result = score(truth, list(cues), frame_us=40_000)
    assert result.f1 == 1.0 and result.cer <= 0.02
    assert report.engine == "rapid+hunyuan" and report.model_calls <= 3


def test_pictures_can_be_asked_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import cv2

    (sample,) = (s for s in samples(9, 14, seed=5)[:1])
    path = tmp_path / "line.png"
    cv2.imwrite(str(path), sample.picture)
    how = ["--model", str(READS_LATIN), "--task", "subtitle", "--json"]
    assert main(["ask", str(path), *how]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["answer"] == sample.text and told["confidence"] > 0.8


def test_a_batch_reads_all_its_films_by_one_model(tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    truth = film(films / "one.mp4", (640, 360), footage(1), Style(size=0.06))
    film(films / "two.mp4", (640, 360), landscape(2), WHITE)
    how = ["--engine", "cascade", "--model", str(READS_LATIN), "--device", "cpu", "-q"]
    assert main(["batch", str(films), "-o", str(tmp_path / "tracks"), *how]) == 0
    assert main([str(films / "one.mp4"), "-o", str(tmp_path / "one.srt"), *how]) == 0
    track = (tmp_path / "tracks/one.srt").read_text()
    assert track == (tmp_path / "one.srt").read_text()
    assert score(truth, srt.parse(track)).f1 == 1.0
    assert srt.parse((tmp_path / "tracks/two.srt").read_text())
