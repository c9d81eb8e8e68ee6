"""Tesseract itself, where it is installed, and what happens where it fails."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from tests.backdrops import Backdrop, flat, footage, grain, landscape, snow
from tests.clips import BOXED, PLAIN, WHITE, Style
from tests.scripts import SENTENCES, line_picture, render_in, rgb
from vidocr import extract
from vidocr.errors import DependencyError, EngineError
from vidocr.model import Image
from vidocr.ocr import tesseract
from vidocr.ocr.languages import language
from vidocr.ocr.tesseract import TesseractEngine, why_not_tesseract
from vidocr.scoring import complaints, score

PACKS = ("rus", "kor", "ara")
LACKING = why_not_tesseract(PACKS)
installed = pytest.mark.skipif(bool(LACKING), reason=f"tesseract: {LACKING}")

YELLOW = Style(fill=(255, 226, 64))
DARK = Style(fill=(15, 15, 15), outline=None)
LOOKS = (
    (flat(), PLAIN),
    (footage(6), WHITE),
    (grain(landscape(2)), YELLOW),
    (snow(), DARK),
    (footage(9), BOXED),
)


def engine_of(lang: str) -> TesseractEngine:
    return TesseractEngine([language(lang).tesseract])


def picture(words: str = "Поезд", lang: str = "ru") -> Image:
    return rgb(line_picture(lang, words, flat(), PLAIN)[0])


# Tesseract itself


@installed
@pytest.mark.parametrize("lang", SENTENCES)
def test_lines_are_read_whatever_they_look_like(lang: str) -> None:
    engine = engine_of(lang)
    wrong = total = 0
    for number, (backdrop, style) in enumerate(LOOKS):
        words = SENTENCES[lang][number % 3]
        ((line,),) = engine.read([rgb(line_picture(lang, words, backdrop, style)[0])])
        assert 0.6 < line.confidence <= 1
        wrong += Levenshtein.distance(line.text, words)
        total += len(words)
    assert wrong / total <= 0.05


@installed
@pytest.mark.parametrize(
    "lang,backdrop,style",
    [("ru", footage(6), WHITE), ("ko", snow(), DARK), ("ar", flat(), PLAIN)],
)
def test_a_film_is_read(lang: str, backdrop: Backdrop, style: Style, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    truth = render_in(lang, backdrop, path, style)
    cues, report = extract(path, engine=engine_of(lang))
    found = list(cues)
    result = score(truth, found)
    assert result.f1 == 1 and result.cer <= 0.05, complaints(truth, found)
    assert report.engine == "tesseract"


@installed
def test_a_line_says_where_it_stands() -> None:
    luma, box = line_picture("ru", "Закрой дверь", footage(6))
    ((line,),) = engine_of("ru").read([rgb(luma)])
    assert line.box is not None and np.allclose(line.box, box, atol=4)


@installed
def test_pictures_are_answered_in_order_and_empty_ones_with_nothing() -> None:
    engine = engine_of("ru")
    words = ["Закрой дверь", "и садись рядом"]
    blank = np.full((50, 300, 3), 90, np.uint8)
    first, nothing, second = engine.read([picture(words[0]), blank, picture(words[1])])
    assert [first[0].text, second[0].text] == words
    assert list(nothing) == []
    assert list(engine.read([])) == []


@installed
def test_two_threads_may_read_at_once() -> None:
    engine = engine_of("ru")
    pictures = [[picture(words)] for words in ("Поезд", "Дверь", "Вчера", "Часы")]
    with ThreadPoolExecutor(2) as pool:
        read = [lines[0][0].text for lines in pool.map(engine.read, pictures)]
    assert read == ["Поезд", "Дверь", "Вчера", "Часы"]


@installed
def test_a_missing_pack_is_named_with_its_package() -> None:
    with pytest.raises(DependencyError, match="no language pack xyz .* tesseract-ocr-xyz$"):
        TesseractEngine(["rus", "xyz"])


# Answers


def answer(text: str, *words: tuple[str, float]) -> str:
    head = "level page block par line word left top width height conf text".replace(" ", "\t")
    rows = [f"5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t{sure}\t{word}" for word, sure in words]
    return "\n".join((head, *rows, text, ""))


def test_text_is_plain_and_confidence_that_of_its_letters() -> None:
    given = answer("무슨 말을", ("무슨", 90.0), ("말", 60.0), ("을", 30.0))
    text, confidence = tesseract._parsed(given)
    assert text == "무슨 말을"
    assert confidence == pytest.approx((2 * 90 + 60 + 30) / 400)


def test_marks_of_direction_are_taken_out() -> None:
    text, _ = tesseract._parsed(answer("\u200fمرحبا\u200e 25\u202c", ("مرحبا", 90.0)))
    assert text == "مرحبا 25"
    text, _ = tesseract._parsed(answer("می\u200cخواهم", ("می\u200cخواهم", 90.0)))
    assert text == "می\u200cخواهم"  # a part of Persian's spelling


def test_punctuation_after_arabic_letters_is_arabic() -> None:
    text, _ = tesseract._parsed(answer("كاملة, يا ٢,٥ 1,000 OK, لك?", ("كاملة", 90.0)))
    assert text == "كاملة، يا ٢,٥ 1,000 OK, لك؟"


@pytest.mark.parametrize("given", ["", answer(""), answer("  \n"), answer("", (" ", 95.0))])
def test_no_text_is_no_line(given: str) -> None:
    assert tesseract._parsed(given) == ("", 0.0)


# Failures


LISTS = 'if [ "$1" = --list-langs ]; then echo "Packs (1):"; echo rus; exit 0; fi\n'


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Path]:
    """Writes a program that is found as tesseract, and none other is."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def write(script: str) -> Path:
        path = tmp_path / "tesseract"
        path.write_text("#!/bin/sh\n" + LISTS + script)
        path.chmod(0o755)
        return tmp_path

    return write


def test_without_the_program_what_to_install_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DependencyError) as error:
        TesseractEngine(["rus"])
    assert "apt install tesseract-ocr tesseract-ocr-rus" in str(error.value)
    assert error.value.exit_code == 4


def test_without_the_pack_its_package_is_named(program: Callable[[str], Path]) -> None:
    program("")
    with pytest.raises(DependencyError, match="no language pack chi_sim is installed; .*-chi-sim"):
        TesseractEngine(["chi_sim"])
    assert why_not_tesseract(["rus"]) == ""


def test_a_broken_pack_shows_at_once(program: Callable[[str], Path]) -> None:
    program("echo 'could not initialize' >&2; exit 1")
    with pytest.raises(DependencyError, match="could not initialize; install it anew: apt"):
        TesseractEngine(["rus"])


def test_a_program_that_does_not_run_is_told(program: Callable[[str], Path]) -> None:
    folder = program("")
    (folder / "tesseract").write_text("#!/no/such/shell\n")
    assert "install it anew" in why_not_tesseract(["rus"])


def test_a_crash_is_an_error_of_the_engine(program: Callable[[str], Path]) -> None:
    folder = program('[ -e "${0%/*}/crash" ] && kill -SEGV $$; exit 0')
    engine = TesseractEngine(["rus"])
    (folder / "crash").touch()
    with pytest.raises(EngineError, match="engine tesseract failed: exit status -11"):
        engine.read([picture()])


def test_a_program_that_hangs_is_ended(
    program: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = program('[ -e "${0%/*}/hang" ] && exec /bin/sleep 60; exit 0')
    engine = TesseractEngine(["rus"])
    (folder / "hang").touch()
    monkeypatch.setattr(tesseract, "_TIMEOUT_S", 0.3)
    with pytest.raises(EngineError, match="timed out"):
        engine.read([picture()])


def test_it_is_kept_to_one_thread(program: Callable[[str], Path]) -> None:
    row = r"5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t90\tx"
    program(f'echo "threads $OMP_THREAD_LIMIT"; printf "{row}\\n"')
    ((line,),) = TesseractEngine(["rus"]).read([picture()])
    assert line.text == "threads 1"
    assert line.confidence == pytest.approx(0.9)
