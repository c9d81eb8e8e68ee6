import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.openai_server import Fault, OpenAIServer
from tests.translators import Fake, asked, cue, cues, honest, in_german, sentence
from vidocr.errors import OutputError
from vidocr.model import Cue
from vidocr.translation import Answer, Glossary, Memory, Request, Term, Wishes, translated
from vidocr.translation.memory import Line, Version
from vidocr.translation.openai import OpenAITranslator

ROOT = Path(__file__).parent.parent
LINE = Line("A line that is long.", "", "en", "de", "fake:1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "memory.sqlite"


def asked_of(path: Path | None, given: Sequence[Cue], **how: Any) -> list[str]:
    """The texts that a translator with a memory is asked for."""
    fake = Fake()
    with Memory(path) as memory:
        done = translated(given, fake, "de", memory=memory, **how).cues
    assert [each.text for each in done] == [in_german(" ".join(each.lines)) for each in given]
    return fake.texts


# What is known again


def test_nothing_is_paid_twice(path: Path) -> None:
    given = cues(20)
    assert sorted(asked_of(path, given)) == sorted(each.text for each in given)
    assert asked_of(path, given) == []
    with Memory(path) as memory:
        report = translated(given, Fake(), "de", memory=memory).report
    assert (report.translated, report.from_memory, report.requests) == (0, 20, 0)


def test_what_is_said_twice_in_a_film_is_asked_for_once() -> None:
    given = [cue(n, "The same line again.", gap_s=n % 5) for n in range(30)]
    assert asked_of(None, given) == ["The same line again."]


def test_how_a_line_was_broken_does_not_matter(path: Path) -> None:
    assert asked_of(path, [cue(0, "One line that\nwas broken.")])
    assert asked_of(path, [cue(5, "One line that was\nbroken.")]) == []


def test_a_long_line_is_known_in_any_scene_and_a_short_one_after_the_same_line(path: Path) -> None:
    long, short = "This is a line that is long.", "Right."
    assert asked_of(path, [cue(0, "Left or right?"), cue(1, short), cue(2, long)])
    assert asked_of(path, [cue(0, "Is it wrong?"), cue(1, short), cue(2, long)]) == [
        "Is it wrong?",
        short,
    ]
    assert asked_of(path, [cue(0, "Left or right?"), cue(1, short)]) == []
    assert asked_of(path, [cue(0, "那是什么东西啊"), cue(1, "右边")])
    assert asked_of(path, [cue(0, "那是谁的东西啊"), cue(1, "右边")]) == ["那是谁的东西啊", "右边"]


def test_another_language_translator_or_term_is_another_line() -> None:
    others = [
        replace(LINE, text="A line that is Long."),
        replace(LINE, source=None),
        replace(LINE, target="de-AT"),
        replace(LINE, translator="fake:2"),
        replace(LINE, terms=(Term("line", "Zeile"),)),
    ]
    assert len({each.key for each in [LINE, *others]}) == 6
    same = replace(LINE, text="A line  that is long.", before="What?")
    assert same.key == LINE.key
    noted = replace(others[-1], terms=(Term("line", "Zeile", "of text"),))
    assert noted.key == others[-1].key


def test_a_new_term_costs_the_lines_alone_in_which_it_stands(path: Path) -> None:
    given = [cue(0, "A ship goes by there."), cue(9, "Nobody looks at it now.")]
    assert len(asked_of(path, given)) == 2
    glossary = Glossary((Term("ship", "üship"),))
    assert asked_of(path, given, glossary=glossary) == ["A ship goes by there."]


def test_the_tone_and_the_model_tell_memories_apart() -> None:
    with OpenAIServer(models=("a", "b")) as server:
        identities = {
            OpenAITranslator(server.url, model, tone=tone).identity
            for model in ("a", "b")
            for tone in ("", "formal")
        }
    assert len(identities) == 4


def test_what_was_not_translated_is_not_kept(path: Path) -> None:
    never = Fake(lambda request: Answer(why="no"))
    with Memory(path) as memory:
        translated(cues(2), never, "de", memory=memory)
    assert len(asked_of(path, cues(2))) == 2


# Better versions


def test_a_version_that_was_demanded_is_not_demanded_again(path: Path) -> None:
    glossary = Glossary((Term("ship", "Schiff"),))
    given = [cue(0, "The ship goes by there.")]
    stubborn = Fake(lambda request: Answer("Das Boot fährt da vorbei."))
    for calls in (2, 0):
        stubborn.calls.clear()
        with Memory(path) as memory:
            done = translated(
                given, stubborn, "de", Wishes(max_cps=5), memory=memory, glossary=glossary
            ).cues
        assert len(stubborn.calls) == calls
        assert done[0].flags == (
            "glossary: ship should be Schiff",
            "too long: 25 characters, of which 10 can be read",
        )


def test_a_demand_that_a_kill_came_before_is_made_later(path: Path) -> None:
    with Memory(path) as memory:
        memory.keep([(replace(LINE, terms=(Term("line", "Zeile"),)), Version("Ein Satz."))])
        fake = Fake(lambda request: Answer("Eine Zeile."))
        glossary = Glossary((Term("line", "Zeile"),))
        given = [cue(0, LINE.text)]
        done, report = translated(given, fake, "de", memory=memory, glossary=glossary)
    assert done[0].text == "Eine Zeile." and not done[0].flags
    assert [request.rejected for call in fake.calls for request in call] == ["Ein Satz."]


def test_the_first_version_that_fits_the_time_is_taken(path: Path) -> None:
    def answer(request: Request) -> Answer:
        return Answer("x" * request.max_characters if request.demands else "x" * 40)

    fake, said = Fake(answer), "Somebody says this slowly."
    slow, quick = cue(0, said), replace(cue(9, said), end_us=cue(9).start_us + 1_000_000)
    long = replace(slow, end_us=9_000_000)
    with Memory(path) as memory:
        for given, texts in ((slow, 20), (quick, 10), (long, 40), (quick, 10), (slow, 20)):
            (done,) = translated([given], fake, "de", Wishes(max_cps=10), memory=memory).cues
            assert (len(done.text), done.flags) == (texts, ())
    assert len(fake.calls) == 3


# The file


def test_versions_come_back(path: Path) -> None:
    versions = [Version("eins"), Version("zwei", 0, True), Version("drei", 20), Version("vier", 9)]
    with Memory(path) as memory:
        memory.keep((LINE, version) for version in versions[::-1])
        memory.keep([(LINE, Version("fünf", 9))])
        assert memory.versions(replace(LINE, text="Another line of text.")) == []
    with Memory(path) as memory:
        assert memory.versions(LINE) == [*versions[:3], Version("fünf", 9)]


def test_a_file_that_is_none_is_said_to_be_none(path: Path) -> None:
    path.write_bytes(b"This is no database, however long it is." * 50)
    with pytest.raises(OutputError, match="is no translation memory.*--translation-memory"):
        Memory(path)


def test_a_damaged_file_is_said_to_be_damaged(path: Path) -> None:
    with Memory(path) as memory:
        memory.keep((replace(LINE, text=sentence(n)), Version("x" * 99)) for n in range(500))
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with (
        pytest.raises(OutputError, match="is no translation memory, or a damaged one"),
        Memory(path) as memory,
    ):
        translated(cues(3), Fake(), "de", memory=memory)


def test_a_newer_file_is_left_as_it_is(path: Path) -> None:
    Memory(path).close()
    with closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA user_version = 99")
    with pytest.raises(OutputError, match=r"another version of vidocr \(99\)"):
        Memory(path)


def test_a_place_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no/memory: the translation memory can't be used"):
        Memory(tmp_path / "no" / "memory")


def test_threads_and_processes_may_share_a_file(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.translators import Fake, cues;"
        "from vidocr.translation import Memory, translated\n"
        "with Memory(Path(sys.argv[1])) as memory:"
        " assert not translated(cues(60), Fake(), 'de', memory=memory).report.untranslated"
    )
    others = [subprocess.Popen([sys.executable, "-c", code, path], cwd=ROOT) for _ in range(3)]
    failed: list[BaseException] = []

    def translate(memory: Memory) -> None:
        try:
            translated(cues(60), Fake(), "de", memory=memory)
        except BaseException as error:  # told by the test, not lost with its thread
            failed.append(error)

    with Memory(path) as memory:
        threads = [threading.Thread(target=translate, args=(memory,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [other.wait(60) for other in others] == [0, 0, 0] and not failed
    assert asked_of(path, cues(60)) == []


_TRANSLATING = """
import sys
from pathlib import Path
from tests.translators import cues
from vidocr.translation import Memory, translated
from vidocr.translation.openai import OpenAITranslator
with Memory(Path(sys.argv[2])) as memory:
    with_ = OpenAITranslator(sys.argv[1], "ocr", batch=5, in_flight=4)
    translated(cues(400), with_, "de", memory=memory)
"""


def test_after_a_kill_no_line_that_came_is_paid_again(path: Path) -> None:
    """The process is killed in the middle; the lines of no more than four requests are lost."""
    paid: Counter[str] = Counter()
    lock, enough = threading.Lock(), threading.Event()

    def chat(body: dict[str, Any]) -> str:
        with lock:
            paid.update(line["text"] for line in asked(body))
            if len(paid) >= 100:
                enough.set()
        return honest(body)

    with OpenAIServer(chat=chat, fault=lambda n: Fault(delay_s=0.02)) as server:
        process = subprocess.Popen(
            [sys.executable, "-c", _TRANSLATING, server.url, path], cwd=ROOT, start_new_session=True
        )
        assert enough.wait(60)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL
        time.sleep(0.2)  # for requests that the server has still to answer
        with closing(sqlite3.connect(path)) as base:
            kept = {row[0] for row in base.execute("SELECT source FROM translations")}
        before = set(paid)
        assert len(kept) >= 60 and before - kept <= before and len(before - kept) <= 2 * 4 * 5
        given = cues(400)
        with Memory(path) as memory, closing(OpenAITranslator(server.url, "ocr")) as with_:
            done, report = translated(given, with_, "de", memory=memory)
    assert [each.text for each in done] == [in_german(each.text) for each in given]
    assert (report.from_memory, report.translated) == (len(kept), 400 - len(kept))
    assert {text for text, times in paid.items() if times > 1} <= before - kept


def test_the_file_says_what_it_holds(path: Path) -> None:
    asked_of(path, [cue(0, "A line for those who look.")])
    with closing(sqlite3.connect(path)) as base:
        (row,) = base.execute("SELECT source, text, target_language, translator FROM translations")
    assert row == ("A line for those who look.", "üA üline üfor üthose üwho ülook.", "de", "fake:1")
