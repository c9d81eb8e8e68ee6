"""Options that do nothing alone: flags are refused, what is shared may stand unused."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from vidocr.cli import main
from vidocr.config import resolve
from vidocr.errors import UsageError
from vidocr.flags import in_use
from vidocr.needs import unused
from vidocr.options import TRANSLATION, Options, settings
from vidocr.service.choices import options_of
from vidocr.service.refusals import Refusal

TRANSLATE = "give --translate, too"
ALONE = [
    ("--glossary=terms.csv", TRANSLATE),
    ("--tone=formal", TRANSLATE),
    ("--translation-memory=none", TRANSLATE),
    ("--translator=openai", TRANSLATE),
    ("--translator-url=http://localhost/v1", TRANSLATE),
    ("--translator-key=secret", TRANSLATE),
    ("--translator-requests=16", TRANSLATE),  # the default, but given
    ("--bilingual=below", TRANSLATE),
    ("--max-lines=3", "give --line-chars, too"),
    ("--api-key=secret", "give --server-url, too"),
    ("--server-requests=2", "give --server-url, too"),
    ("--engine=rapid --server-url=http://localhost/v1", "give --engine server"),
    ("--translate=en --tone=formal --translator-model=x", "give --translator-url"),
    ("--translate=en --translator=transformers --translator-url=http://x", "--translator openai"),
]


@pytest.mark.parametrize("command", [["film.mp4"], ["batch", "films", "-o", "tracks"]])
@pytest.mark.parametrize(("flags", "fix"), ALONE)
def test_a_flag_that_does_nothing_is_refused(
    command: list[str], flags: str, fix: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main([*command, *flags.split()]) == 2
    said = capsys.readouterr().err
    named = [word.partition("=")[0] for word in flags.split()]
    assert fix in said and any(f"error: {flag}: is for" in said for flag in named)
    assert "secret" not in said and not list(tmp_path.iterdir())


def options_by(words: Sequence[str], config: str | None = None, **environment: str) -> Options:
    """The options that flags give, as the command has them."""
    flags = dict(word.split("=") for word in words)
    return in_use(resolve(flags, config=config, environment=environment), flags)


@pytest.mark.parametrize(
    "words",
    [
        [], ["line_chars=42", "max_lines=3"], ["min_display_ms=800"], ["lang=ru"], ["max_cps=17"],
        ["translate=en", "translator_url=http://x", "tone=formal", "glossary=a.csv"],
        ["translate=en", "translator=openai", "tone=formal"],
        ["translate=en", "translator_model=x", "bilingual=below", "translation_memory=none"],
        ["server_url=http://x", "api_key=secret"], ["engine=cascade", "server_url=http://x"],
        ["engine=rapid", "device=cpu"],
    ],
)  # fmt: skip
def test_flags_that_do_something_are_taken(words: list[str]) -> None:
    told = options_by(words)
    for word in words:
        name, value = word.split("=")
        assert str(getattr(told, name)).removesuffix(".0") == value


def test_a_file_and_the_environment_may_hold_what_is_not_used(tmp_path: Path) -> None:
    shared = tmp_path / "shared.toml"
    shared.write_text('glossary = "terms.csv"\ntone = "formal"\nmax_lines = 3\nbilingual = "below"')
    told = options_by([], str(shared), VIDOCR_TRANSLATOR_KEY="secret", VIDOCR_API_KEY="secret")
    assert (told.glossary, told.bilingual, told.max_lines) == ("terms.csv", "below", 3)
    assert options_by(["max_lines=4"], VIDOCR_LINE_CHARS="42").max_lines == 4
    with pytest.raises(UsageError, match="--max-lines: is for lines"):
        options_by(["max_lines=4"], str(shared))


def test_all_that_is_about_translating_needs_a_translation() -> None:
    for setting in settings():
        if setting.group == TRANSLATION:
            found = unused(Options(), [setting.name])
            assert found and found[0] is setting and TRANSLATE in found[1]


def test_a_job_is_told_too() -> None:
    with pytest.raises(Refusal, match="options.max_lines: is for .* give line_chars, too") as told:
        options_of(Options(), {"max_lines": 3})
    assert told.value.status == 422
    assert options_of(Options(), {"max_lines": 3, "line_chars": 42}).max_lines == 3
    assert options_of(Options(line_chars=42), {"max_lines": 3}).max_lines == 3


def test_a_service_names_what_translates_for_jobs_to_come() -> None:
    """Its flags are what jobs start from: one that does nothing alone may be for a job."""
    base = resolve({"translator_url": "http://x", "tone": "formal"})
    assert options_of(base, {"translate": "de"}).tone == "formal"
