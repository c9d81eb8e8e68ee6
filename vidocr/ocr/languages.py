"""Languages by code or name, and which engine on the CPU reads each.

RapidOCR's wheel holds a model for Chinese, Japanese and Latin script. It has models of other
scripts to download, and Tesseract has packs that the system's package manager installs.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache

from vidocr.engines import OcrEngine
from vidocr.errors import DependencyError, UsageError

LATIN, CHINESE, JAPANESE, KOREAN = "Latin", "Chinese", "Japanese", "Korean"
VIETNAMESE = "Vietnamese"  # Latin letters with two marks, which the model in the wheel lacks
CYRILLIC, GREEK, ARMENIAN, GEORGIAN = "Cyrillic", "Greek", "Armenian", "Georgian"
ARABIC, HEBREW, ETHIOPIC = "Arabic", "Hebrew", "Ethiopic"
DEVANAGARI, BENGALI, GUJARATI, GURMUKHI = "Devanagari", "Bengali", "Gujarati", "Gurmukhi"
TAMIL, TELUGU, KANNADA, MALAYALAM, SINHALA = "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala"
THAI, LAO, KHMER, BURMESE = "Thai", "Lao", "Khmer", "Burmese"

_BUNDLED = {LATIN, CHINESE, JAPANESE}
_LEFTWARD = {ARABIC, HEBREW}
_EAST_SLAVIC = "eslav"
_MODELS = {
    CYRILLIC: "cyrillic",
    KOREAN: "korean",
    ARABIC: "arabic",
    DEVANAGARI: "devanagari",
    GREEK: "el",
    THAI: "th",
    TAMIL: "ta",
    TELUGU: "te",
}


@dataclass(frozen=True, slots=True)
class Language:
    """A language and what reads it.

    ``code`` is ISO 639-1, ``long_code`` ISO 639-3, ``tesseract`` the name of Tesseract's pack.
    ``model`` names RapidOCR's model of the script (a value of its ``LangRec``), PP-OCRv5 mobile;
    empty where there is none, or none is needed.
    """

    code: str
    long_code: str
    name: str
    script: str
    tesseract: str
    model: str
    aliases: tuple[str, ...] = ()

    @property
    def bundled(self) -> bool:
        """Whether the model in RapidOCR's wheel reads it."""
        return self.script in _BUNDLED

    @property
    def right_to_left(self) -> bool:
        """Whether its lines run from right to left."""
        return self.script in _LEFTWARD


_TABLE = {
    LATIN: """
        af afr Afrikaans
        az aze Azerbaijani
        bs bos Bosnian
        ca cat Catalan
        cs ces Czech cze
        cy cym Welsh wel
        da dan Danish
        de deu German ger
        en eng English
        es spa Spanish
        et est Estonian
        eu eus Basque baq
        fi fin Finnish
        fr fra French fre
        ga gle Irish
        gl glg Galician
        hr hrv Croatian
        hu hun Hungarian
        id ind Indonesian
        is isl Icelandic ice
        it ita Italian
        ku kur:kmr Kurdish kmr kurmanji
        la lat Latin
        lb ltz Luxembourgish
        lt lit Lithuanian
        lv lav Latvian
        mi mri Maori mao
        ms msa Malay may
        mt mlt Maltese
        nl nld Dutch dut
        no nor Norwegian nb nob nn nno
        oc oci Occitan
        pl pol Polish
        pt por Portuguese
        qu que Quechua
        ro ron Romanian rum
        sk slk Slovak slo
        sl slv Slovenian
        sq sqi Albanian alb
        sr-latn srp_latn Serbian-Latin
        sv swe Swedish
        sw swa Swahili
        tl fil Filipino tgl tagalog
        tr tur Turkish
        uz uzb Uzbek""",
    VIETNAMESE: "vi vie Vietnamese",
    CHINESE: """
        zh zho:chi_sim Chinese chi cmn zh-hans mandarin
        zh-hant zho-hant:chi_tra Traditional-Chinese zh-tw zh-hk zh-mo yue cantonese""",
    JAPANESE: "ja jpn Japanese",
    KOREAN: "ko kor Korean",
    CYRILLIC: """
        be bel Belarusian
        bg bul Bulgarian
        kk kaz Kazakh
        ky kir Kyrgyz
        mk mkd Macedonian mac
        mn mon Mongolian
        ru rus Russian
        sr srp Serbian
        tg tgk Tajik
        tt tat Tatar
        uk ukr Ukrainian""",
    GREEK: "el ell Greek gre",
    ARMENIAN: "hy hye Armenian arm",
    GEORGIAN: "ka kat Georgian geo",
    ARABIC: """
        ar ara Arabic
        fa fas Persian per farsi
        ps pus Pashto
        sd snd Sindhi
        ug uig Uyghur
        ur urd Urdu""",
    HEBREW: """
        he heb Hebrew iw
        yi yid Yiddish""",
    ETHIOPIC: """
        am amh Amharic
        ti tir Tigrinya""",
    DEVANAGARI: """
        hi hin Hindi
        mr mar Marathi
        ne nep Nepali
        sa san Sanskrit""",
    BENGALI: """
        as asm Assamese
        bn ben Bengali bangla""",
    GUJARATI: "gu guj Gujarati",
    GURMUKHI: "pa pan Punjabi",
    TAMIL: "ta tam Tamil",
    TELUGU: "te tel Telugu",
    KANNADA: "kn kan Kannada",
    MALAYALAM: "ml mal Malayalam",
    SINHALA: "si sin Sinhala",
    THAI: "th tha Thai",
    LAO: "lo lao Lao",
    KHMER: "km khm Khmer",
    BURMESE: "my mya Burmese bur myanmar",
}
"""Script: its languages, as code, long code, name and other names.

Tesseract's pack is the long code, or what follows it after a colon.
"""


@cache
def languages() -> tuple[Language, ...]:
    """All that are known, by script."""
    return tuple(
        _language(script, row.split())
        for script, rows in _TABLE.items()
        for row in rows.strip().splitlines()
    )


def _language(script: str, row: list[str]) -> Language:
    code, long_code, name, *aliases = row
    long_code, _, pack = long_code.partition(":")
    model = _EAST_SLAVIC if code in ("be", "ru", "uk") else _MODELS.get(script, "")
    name = name.replace("-", " ")
    return Language(code, long_code, name, script, pack or long_code, model, tuple(aliases))


@cache
def _by_name() -> dict[str, Language]:
    known: dict[str, Language] = {}
    for each in languages():
        for name in (each.code, each.long_code, each.name, each.tesseract, *each.aliases):
            known.setdefault(_folded(name), each)
    return known


def _folded(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(" ", "-")


def language(name: str) -> Language:
    """The language of an ISO 639 code, with or without a region, or of an English name.

    Args:
        name: as in ``ru``, ``rus``, ``Russian``, ``pt-BR`` or ``zh-Hant``; in any case.

    Raises:
        UsageError: there is no such language; the message names the nearest.
    """
    known = _by_name()
    folded = shorter = _folded(name)
    while shorter:  # zh-hant-tw, zh-hant, zh
        if shorter in known:
            return known[shorter]
        shorter = shorter.rpartition("-")[0]
    near = difflib.get_close_matches(folded, known, n=1)
    hint = f" (did you mean {known[near[0]].name}?)" if near else ""
    raise UsageError(
        f"lang: {name!r} is no language that vidocr knows{hint}; give a code as in ru or zh, "
        "or the English name"
    )


def debian_package(pack: str) -> str:
    """The package of Debian and Ubuntu that holds a language pack of Tesseract."""
    return f"tesseract-ocr-{pack.replace('_', '-')}"


def how_to_install(*packs: str) -> str:
    """The command that installs Tesseract with these language packs."""
    return " ".join(("apt install tesseract-ocr", *map(debian_package, packs)))


def engine_for(wanted: Language, *, offline: bool = False) -> tuple[OcrEngine, str]:
    """An engine that reads the language on a CPU, ready to read, and why it was taken.

    The first of these that there is: the model in RapidOCR's wheel; RapidOCR's model of the
    script, where its file is at hand, as it needs no strokes cut out and is the faster one;
    Tesseract, where its program and pack are; RapidOCR's model once more, to be downloaded.

    Args:
        wanted: the language.
        offline: download nothing.

    Raises:
        DependencyError: neither is there, and the model can't be had.
    """
    from vidocr.ocr.rapid import RapidEngine
    from vidocr.ocr.scripts import Script, ScriptEngine

    if wanted.bundled:
        return RapidEngine(), f"RapidOCR's own model reads {wanted.name}"
    script = Script(wanted.model, wanted.right_to_left) if wanted.model else None
    if script and script.at_hand():
        return ScriptEngine(script), f"RapidOCR's model {wanted.model} for {wanted.name} is here"
    from vidocr.ocr.tesseract import TesseractEngine, why_not_tesseract

    lacks = why_not_tesseract([wanted.tesseract])
    if not lacks:
        return TesseractEngine([wanted.tesseract]), _why_tesseract(wanted)
    if script is None:
        raise DependencyError(f"{wanted.name} takes the engine tesseract: {lacks}")
    if offline:
        raise DependencyError(
            f"{wanted.name}: {lacks}; or run once without --offline, to download RapidOCR's model"
        )
    try:
        engine = ScriptEngine(script, download=True)
    except DependencyError as error:
        raise DependencyError(f"{wanted.name}: {error}; or take tesseract: {lacks}") from error
    return engine, f"RapidOCR's model {wanted.model} for {wanted.name} was downloaded"


def rapid_for(name: str, *, offline: bool = False) -> OcrEngine:
    """RapidOCR's model that reads the language of that name; its own one where none is named.

    Raises:
        DependencyError: RapidOCR has no model for it, or the model can't be had.
    """
    from vidocr.ocr.rapid import RapidEngine
    from vidocr.ocr.scripts import Script, ScriptEngine

    wanted = language(name) if name else None
    if wanted is None or wanted.bundled:
        return RapidEngine()
    if not wanted.model:
        raise DependencyError(
            f"engine rapid: RapidOCR has no model for {wanted.name}; give --engine tesseract"
        )
    return ScriptEngine(Script(wanted.model, wanted.right_to_left), download=not offline)


def _why_tesseract(wanted: Language) -> str:
    if wanted.model:
        return f"tesseract reads {wanted.name}; RapidOCR's model {wanted.model} is not here"
    return f"tesseract reads {wanted.name}; RapidOCR has no model for it"
