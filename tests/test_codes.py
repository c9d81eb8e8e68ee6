import pytest

from vidocr.ocr.codes import bibliographic, three_letters
from vidocr.ocr.languages import languages


@pytest.mark.parametrize(
    ("code", "own", "english"),
    [
        ("en", "eng", "eng"),
        ("de-AT", "deu", "ger"),
        ("zh-Hant", "zho", "chi"),
        ("pt-BR", "por", "por"),
        ("sr-Latn", "srp", "srp"),
        ("nb", "nor", "nor"),
        ("GER", "deu", "ger"),
        ("haw", "haw", "haw"),
    ],
)
def test_codes(code: str, own: str, english: str) -> None:
    assert three_letters(code) == own
    assert bibliographic(own) == english


@pytest.mark.parametrize("code", ["", "qq", "x-klingon", "日本語"])
def test_codes_that_are_not_known(code: str) -> None:
    assert three_letters(code) is None


def test_every_language_that_is_read_has_one() -> None:
    for each in languages():
        found = three_letters(each.code)
        assert found is not None and len(found) == 3
        assert three_letters(bibliographic(found)) == found
