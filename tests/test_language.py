import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sentences import SENTENCES
from vidocr.language import identified, keep, parted
from vidocr.model import Box, Change, Cue, Proof

LANGUAGES = sorted(SENTENCES)
CHINESE = ["今晚的星星特别亮", "你答应过不告诉别人", "再给我五分钟", "他走了", "这座桥很老"]
ENGLISH = ["The stars are bright.", "You promised me.", "Five more minutes.", "He left.", "So old!"]
TOP, BOTTOM = Box(0.1, 0.05, 0.9, 0.15), Box(0.1, 0.85, 0.9, 0.95)


def film(*stacks: str) -> list[Cue]:
    """A cue a second, its lines parted by bars."""
    return [
        Cue(1_000_000 * at, 1_000_000 * at + 900_000, tuple(stack.split("|")))
        for at, stack in enumerate(stacks)
    ]


def told(*stacks: str) -> list[str | None]:
    return [cue.language for cue in identified(film(*stacks))]


def said(tracks: dict[str, list[Cue]]) -> dict[str, list[str]]:
    return {code: [cue.text for cue in track] for code, track in tracks.items()}


def test_most_lines_tell_their_language_alone_and_few_another() -> None:
    results = Counter(
        "none" if found is None else "right" if found == language else "wrong"
        for language, lines in SENTENCES.items()
        for line in lines
        for found in told(line)
    )

    assert results["right"] / results.total() > 0.65
    assert results["wrong"] / results.total() < 0.015


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_line_takes_the_language_of_its_film(language: str) -> None:
    assert told(*SENTENCES[language]) == [language] * len(SENTENCES[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_stacks_of_one_language_stay_whole(language: str) -> None:
    lines = SENTENCES[language]
    cues = film(*map("|".join, zip(lines[::2], lines[1::2], strict=True)))

    assert parted(cues) == {language: [replace(cue, language=language) for cue in cues]}


@pytest.mark.parametrize("below", [code for code in LANGUAGES if code != "en"])
def test_stacks_of_two_languages_in_one_script_are_parted(below: str) -> None:
    lines = [SENTENCES["en"], SENTENCES[below]]

    tracks = parted(film(*map("|".join, zip(*lines, strict=True))))

    assert said(tracks) == {"en": lines[0], below: lines[1]}


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("今晚的星星特别亮", "zh"),
        ("這個國家說什麼", "zh-Hant"),
        ("今日はいい天気ですね", "ja"),
        ("오늘은 날씨가 좋네요", "ko"),
        ("Я не знаю, где он.", "ru"),
        ("Я не знаю, де він є.", "uk"),
        ("Δεν ξέρω πού είναι", "el"),
        ("אני לא יודע איפה הוא", "he"),
        ("مرحبا، كيف حالك اليوم؟", "ar"),
        ("من نمی‌دانم چه بگویم", "fa"),
        ("मुझे नहीं पता वह कहाँ है", "hi"),
        ("ฉันไม่รู้ว่าเขาอยู่ที่ไหน", "th"),
        ("გამარჯობა", "ka"),
        ("ＷＨＥＲＥ ＡＲＥ ＹＯＵ ＧＯＩＮＧ", "en"),
    ],
)
def test_scripts(line: str, language: str | None) -> None:
    assert told(line) == [language]


@pytest.mark.parametrize("line", ["OK!", "No.", "1908", "♪", "Anna?", "..."])
def test_nothing_is_guessed_without_evidence(line: str) -> None:
    assert told(*[line] * 30) == [None] * 30
    assert said(parted(film(line))) == {"und": [line]}


def test_names_alone_tell_nothing() -> None:
    names = ["Anna?", "Peter!", "Maria.", "Sofia Loren", "Marco Polo", "Robert"]

    assert told(*names) == [None] * len(names)


def test_what_looks_foreign_but_is_short_is_of_the_film() -> None:
    lines = [*SENTENCES["en"], "Be careful!", "Animal!", "Senyor Ferrer...", "Capital idea."]

    assert set(told(*lines)) == {"en"}


def test_a_long_foreign_line_has_its_own_language() -> None:
    line = "Je n'ai jamais dit que je voulais partir avec vous."

    assert told(*SENTENCES["en"], line)[-2:] == ["en", "fr"]


def test_figures_take_the_language_of_their_neighbours() -> None:
    parts = [*SENTENCES["en"], "1908", *SENTENCES["fr"], "1909"]

    languages = told(*parts)

    assert languages[22] == "en"
    assert languages[23:] == ["fr"] * 23


def test_japanese_without_kana_is_japanese_among_japanese() -> None:
    assert told("東京都知事", "今日はいい天気ですね", "行こう", "世界中", "OK") == ["ja"] * 5


def test_a_latin_word_makes_no_line_english() -> None:
    lines = ["你好", "OK", "我去 Facebook 看看", "他的电脑装的是|Microsoft Windows", "No.", "1908"]

    assert told(*lines) == ["zh"] * len(lines)


def test_chinese_over_english() -> None:
    cues = film(*map("|".join, zip(CHINESE, ENGLISH, strict=True)), "OK|OK.", "1908|1908")

    tracks = parted(cues)

    assert said(tracks) == {"zh": [*CHINESE, "OK", "1908"], "en": [*ENGLISH, "OK.", "1908"]}
    for track in tracks.values():
        assert [(cue.start_us, cue.end_us) for cue in track] == [
            (cue.start_us, cue.end_us) for cue in cues
        ]
    assert [cue.language for cue in identified(cues)] == [None] * len(cues)


def test_chinese_over_japanese() -> None:
    japanese = ["今日はいい天気ですね", "行こう", "東京", "ありがとう"]
    chinese = ["今天天气真好", "走吧", "东京", "谢谢你"]

    tracks = parted(film(*map("|".join, zip(chinese, japanese, strict=True))))

    assert said(tracks) == {"zh": chinese, "ja": japanese}


def test_two_speakers_each_in_two_languages() -> None:
    tracks = parted(film("- 你好|- Hello there|- 再见了|- Goodbye my friend"))

    assert said(tracks) == {
        "zh": ["- 你好\n- 再见了"],
        "en": ["- Hello there\n- Goodbye my friend"],
    }


def test_some_cues_of_a_film_in_two_languages() -> None:
    lines = [f"{line}{number}" for number in range(20) for line in CHINESE]
    song = "那只狗认识回家的路|That dog knows the way home."

    tracks = parted(film(*lines, song))

    assert said(tracks) == {
        "zh": [*lines, "那只狗认识回家的路"],
        "en": ["That dog knows the way home."],
    }


def test_english_over_german_in_some_cues_alone() -> None:
    stacks = [*map("|".join, zip(SENTENCES["en"], SENTENCES["de"], strict=True))]
    alone = ["She told me that you would come.", "And then we went home together."]

    tracks = said(parted(film(*alone, *stacks, "The first line of two|and the second one.")))

    assert tracks["en"] == [*alone, *SENTENCES["en"], "The first line of two\nand the second one."]
    assert tracks["de"] == SENTENCES["de"]


def test_stacks_of_one_script_with_uneven_halves() -> None:
    """English over others, each on one line or two, and some of them alone."""
    right = total = 0
    for below in [code for code in LANGUAGES if code != "en"]:
        pairs = zip(SENTENCES["en"], SENTENCES[below], strict=True)
        halves = [
            (wrapped(upper, at % 3 == 0), wrapped(lower, at % 4 == 0) if at % 5 else [])
            for at, (upper, lower) in enumerate(pairs)
            if upper != lower
        ]
        tracks = parted(film(*("|".join(upper + lower) for upper, lower in halves)))
        found = {
            (code, cue.start_us // 1_000_000, line)
            for code, track in tracks.items()
            for cue in track
            for line in cue.lines
        }
        for at, (upper, lower) in enumerate(halves):
            wanted = [("en", at, line) for line in upper] + [(below, at, line) for line in lower]
            right += sum(each in found for each in wanted)
            total += len(wanted)

    assert right / total > 0.98


def wrapped(line: str, in_two: bool) -> list[str]:
    words = line.split()
    middle = len(words) // 2
    return [" ".join(words[:middle]), " ".join(words[middle:])] if in_two and middle else [line]


def test_figures_that_no_stack_explains_stay_with_their_neighbours() -> None:
    lines = [*SENTENCES["en"], *SENTENCES["fr"], "1908|Je ne sais pas."]

    assert told(*lines)[-1] == "fr"


def test_a_foreign_line_in_one_stack_parts_nothing() -> None:
    lines = [*SENTENCES["en"], "Bonjour, madame, je suis ravi.|How are you today, my dear?"]

    assert list(parted(film(*lines))) == ["en"]


def test_the_proof_is_parted_with_the_lines() -> None:
    upper, lower = Box(0.3, 0.80, 0.7, 0.86), Box(0.2, 0.88, 0.8, 0.93)
    proof = Proof(
        engine="rapid",
        boxes=(upper, lower),
        alternatives=("你好吗\nHel1o there", "你好马\nHello there", "你好吗 Hello there"),
        frames=(3, 40),
        pictures=(b"upper", b"lower"),
    )
    cue = Cue(0, 1, ("你好吗", "Hello there"), place=upper.union(lower), proof=proof)

    tracks = parted([cue])

    (chinese,), (english,) = tracks["zh"], tracks["en"]
    assert (chinese.place, english.place) == (upper, lower)
    assert chinese.proof == Proof("rapid", (upper,), ("你好马",), (3, 40))
    assert english.proof == Proof("rapid", (lower,), ("Hel1o there",), (3, 40))
    assert (chinese.proof.pictures, english.proof.pictures) == ((b"upper",), (b"lower",))
    assert english.changes == (Change("parted", "你好吗\nHello there", "Hello there"),)


def test_a_proof_that_is_not_by_line_stays_whole() -> None:
    proof = Proof(boxes=(BOTTOM,), pictures=(b"1", b"2", b"3"))
    cue = Cue(0, 1, ("你好吗", "Hello there"), place=BOTTOM, proof=proof)

    for (part,) in parted([cue]).values():
        assert (part.place, part.proof) == (BOTTOM, proof)
        assert part.proof.pictures == proof.pictures


def test_a_line_that_stood_while_the_other_changed_is_one_cue() -> None:
    first = Cue(0, 10, ("你好吗", "Hello there"), confidence=0.9, proof=Proof(frames=(0, 5)))
    second = Cue(10, 30, ("你好吗", "my old friend"), confidence=0.8, proof=Proof(frames=(5, 9)))
    third = Cue(40, 50, ("你好吗", "how are you?"))

    tracks = parted([first, second, third])

    assert [(cue.start_us, cue.end_us) for cue in tracks["zh"]] == [(0, 30), (40, 50)]
    assert [(cue.start_us, cue.end_us) for cue in tracks["en"]] == [(0, 10), (10, 30), (40, 50)]
    joined = tracks["zh"][0]
    assert (joined.confidence, joined.proof.frames) == (0.8, (0, 9))
    assert joined.changes[-1] == Change("joined", "until 0.000010 s", "until 0.000030 s")


def test_equal_cues_that_were_not_cut_by_another_language_stay_two() -> None:
    cues = [Cue(0, 10, ("Where are you?",)), Cue(10, 20, ("Where are you?",))]

    assert [len(track) for track in parted(cues).values()] == [2]


def test_a_language_that_is_given_stays() -> None:
    cue = Cue(0, 1, ("Where are you going?", "你好吗"), language="pt-BR")

    assert identified([cue]) == [cue]
    assert parted([cue]) == {"pt-BR": [cue]}


def test_one_language_is_kept() -> None:
    cues = film(*map("|".join, zip(CHINESE, ENGLISH, strict=True)))

    assert [cue.text for cue in keep(cues, "ZH")] == CHINESE
    assert [cue.text for cue in keep(cues, "en")] == ENGLISH
    assert keep(cues, "fr") == keep([], "fr") == []
    assert [cue.language for cue in keep(film("這個國家說什麼"), "zh")] == ["zh-Hant"]


def test_the_model_is_loaded_only_where_a_script_has_several_languages() -> None:
    code = (
        "import sys; from vidocr.language import parted; from vidocr.model import Cue;"
        "parted([Cue(0, 1, ('今晚的星星特别亮', '오늘은 날씨가'))]); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "vidocr.language" in done.stdout.split()
    assert "py3langid" not in done.stdout


LINES = st.sampled_from([*CHINESE, *ENGLISH, *SENTENCES["de"], *SENTENCES["fr"], "1908"]) | st.text(
    "ab文字かなЖжא1 .!", min_size=1, max_size=9
).filter(str.strip)


@settings(deadline=None)  # the first one loads a model
@given(st.lists(st.lists(LINES, min_size=1, max_size=4), max_size=12), st.booleans())
def test_no_line_is_lost_and_no_time_moves(stacks: list[list[str]], touching: bool) -> None:
    length = 1_000_000 if touching else 900_000
    cues = [
        Cue(1_000_000 * at, 1_000_000 * at + length, tuple(lines), place=(TOP, BOTTOM)[at // 3 % 2])
        for at, lines in enumerate(stacks)
    ]

    tracks = parted(cues)

    assert len(identified(cues)) == len(cues)
    for at, cue in enumerate(cues):
        now = [
            line
            for track in tracks.values()
            for each in track
            if each.start_us <= cue.start_us and cue.end_us <= each.end_us
            for line in each.lines
        ]
        assert Counter(now) == Counter(cue.lines), at
    for code, track in tracks.items():
        assert all((cue.language or "und") == code for cue in track)
        assert [cue.start_us for cue in track] == sorted(cue.start_us for cue in track)


@settings(deadline=None)  # the first one loads a model
@given(st.lists(st.lists(LINES, min_size=1, max_size=3), max_size=8))
def test_parting_a_track_again_changes_nothing(stacks: list[list[str]]) -> None:
    cues = film(*map("|".join, stacks))

    for code, track in parted(cues).items():
        if code != "und":
            assert parted(track) == {code: track}
