"""``vidocr translate``: a track in, the same cues in another language out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.openai_server import Fault, OpenAIServer
from tests.translators import cues, honest, in_german
from vidocr import tracks
from vidocr.cli import main
from vidocr.model import Cue
from vidocr.tracks.files import read_track

CUES = cues(6)
SAID = [in_german(cue.text) for cue in CUES]


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(chat=honest) as running:
        yield running


@pytest.fixture
def track(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "subs.en.srt"
    path.write_text(tracks.render(CUES, "srt"))
    return path


def run(track: Path, server: OpenAIServer, *arguments: str, to: str = "de") -> int:
    return main(["translate", str(track), "--to", to, "--translator-url", server.url, *arguments])


def times(found: list[Cue]) -> list[tuple[int, int]]:
    return [(cue.start_us, cue.end_us) for cue in found]


def test_the_translation_goes_beside_the_track(track: Path, server: OpenAIServer) -> None:
    assert run(track, server) == 0
    found = read_track(track.with_name("subs.de.srt"))
    assert [cue.text for cue in found] == SAID
    assert times(found) == times(CUES)


def test_several_places_and_both_languages(
    track: Path, server: OpenAIServer, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    both = track.with_name("both.vtt")
    assert run(track, server, "-o", str(both), "-o", "-", "--bilingual", "above") == 0
    stacked = [f"{above}\n{cue.text}" for above, cue in zip(SAID, CUES, strict=True)]
    assert [cue.text for cue in read_track(both)] == stacked
    assert capsysbinary.readouterr().out.decode() == "".join(
        tracks.render(
            [
                Cue(c.start_us, c.end_us, tuple(s.split("\n")))
                for c, s in zip(CUES, stacked, strict=True)
            ],
            "srt",
        )
    )


def test_json_tells_what_was_said_and_what_translated_it(track: Path, server: OpenAIServer) -> None:
    out = track.with_name("de.json")
    assert run(track, server, "-o", str(out)) == 0
    for cue, before in zip(read_track(out), CUES, strict=True):
        assert cue.source is not None
        assert (cue.source.lines, cue.source.translator) == (before.lines, "openai:ocr")
        assert cue.language == "de"


def test_a_second_run_pays_for_nothing(track: Path, server: OpenAIServer) -> None:
    assert run(track, server) == 0
    asked = len(server.seen.bodies)
    assert run(track, server, "--overwrite") == 0
    assert len(server.seen.bodies) == asked


def test_without_a_memory_it_does(track: Path, server: OpenAIServer) -> None:
    for _ in range(2):
        assert run(track, server, "--overwrite", "--translation-memory", "none") == 0
    assert not (track.parent / "cache").exists()
    assert len(server.seen.bodies) > 1


def test_a_server_that_is_gone_stops_it_and_leaves_the_track_that_was_there(
    track: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = track.with_name("subs.de.srt")
    out.write_text("mine")
    with OpenAIServer(chat=honest, fault=lambda number: Fault(status=401)) as server:
        assert run(track, server, "--overwrite") == 7
    assert out.read_text() == "mine"
    assert "the key was refused" in capsys.readouterr().err


def test_each_cue_that_is_not_translated_is_told(
    track: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with OpenAIServer(chat=lambda body: "I would rather not.") as server:
        assert run(track, server) == 0
    assert [cue.text for cue in read_track(track.with_name("subs.de.srt"))] == [
        cue.text for cue in CUES
    ]
    assert capsys.readouterr().err.count("not translated: ") == len(CUES)


@pytest.mark.parametrize(
    ("name", "content", "code", "message"),
    [
        ("missing.srt", None, 3, "there is no such file"),
        ("subs.doc", "x", 3, "the ending names no format that can be read"),
        ("subs.txt", "Hello", 3, "the ending names no format that can be read"),
        ("broken.json", "{", 3, "broken.json: "),
    ],
)
def test_what_is_no_track_is_refused(
    track: Path,
    server: OpenAIServer,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: str | None,
    code: int,
    message: str,
) -> None:
    path = track.with_name(name)
    if content is not None:
        path.write_text(content)
    assert run(path, server, "-o", str(track.with_name("out.srt"))) == code
    assert message in capsys.readouterr().err
    assert server.seen.bodies == []


def test_a_language_that_is_none_is_refused(
    track: Path, server: OpenAIServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(track, server, to="klingonese") == 2
    assert "--to: 'klingonese' is no code of a language" in capsys.readouterr().err


def test_a_track_has_no_pictures_to_translate(
    track: Path, server: OpenAIServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(track, server, "--translator", "hunyuan-image") == 2
    assert "a track has none" in capsys.readouterr().err


def test_a_model_on_this_machine_translates(track: Path) -> None:
    track.write_text(tracks.render([Cue(0, 2_000_000, ("the old captain waits here.",))], "srt"))
    checkpoint = Path(__file__).parent / "checkpoints" / "translates-marian"
    words = ["translate", str(track), "--to", "de", "--translator-model", str(checkpoint)]
    assert main(words) == 0
    assert read_track(track.with_name("subs.de.srt"))[0].text == "der alt kapitän wartet hier."


def test_the_track_itself_is_not_replaced_unless_it_is_named(
    track: Path, server: OpenAIServer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = track.read_text()
    assert run(track, server, "--overwrite", to="en") == 2
    assert "subs.en.srt: is the track itself" in capsys.readouterr().err
    assert track.read_text() == before


def test_cues_that_need_no_translation_are_told_of(
    track: Path, server: OpenAIServer, capsys: pytest.CaptureFixture[str]
) -> None:
    cues = [
        Cue(n * 3_000_000, n * 3_000_000 + 2_000_000, ("我们划着小船出去。",)) for n in range(3)
    ]
    track.write_text(tracks.render(cues, "srt"))
    assert run(track, server, "-o", str(track.with_name("out.srt")), to="zh") == 0
    assert "translation of 3 cues: 0 translated, 3 left as they are" in capsys.readouterr().err


def test_old_line_ends_are_read(track: Path, server: OpenAIServer) -> None:
    track.write_bytes(track.read_bytes().replace(b"\n", b"\r"))
    assert run(track, server) == 0
    assert [cue.text for cue in read_track(track.with_name("subs.de.srt"))] == SAID


def test_a_translated_track_is_translated_anew_from_what_was_said(
    track: Path, server: OpenAIServer
) -> None:
    german, french = track.with_name("subs.json"), track.with_name("subs.fr.srt")
    assert run(track, server, "--bilingual", "above", "-o", str(german)) == 0
    assert run(german, server, "-o", str(french), to="fr") == 0
    assert [cue.text for cue in read_track(french)] == SAID
    assert "into French" in server.seen.bodies[-1]["messages"][0]["content"]


def test_what_was_not_translated_is_when_it_is_asked_for_again(
    track: Path, server: OpenAIServer
) -> None:
    first, second = track.with_name("first.json"), track.with_name("second.json")
    with OpenAIServer(chat=lambda body: "I would rather not.") as unwilling:
        assert run(track, unwilling, "-o", str(first), "--translation-memory", "none") == 0
    assert all("not translated: " in cue.flags[0] for cue in read_track(first))
    assert run(first, server, "-o", str(second)) == 0
    assert [(cue.text, cue.flags) for cue in read_track(second)] == [(text, ()) for text in SAID]


def test_what_is_no_language_in_a_name_stays_in_it(track: Path, server: OpenAIServer) -> None:
    named = track.rename(track.with_name("movie.dvd.srt"))
    assert run(named, server) == 0
    assert track.with_name("movie.dvd.de.srt").exists()
