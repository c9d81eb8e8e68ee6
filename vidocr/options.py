"""Options: every default and range stands here, once.

The fields of :class:`Options` carry what the command line, TOML files and the environment
need to know of them. What is set later wins: defaults, then a preset or TOML file, then the
environment (``VIDOCR_GRID_MS``), then flags (``--grid-ms``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from vidocr.errors import UsageError
from vidocr.ocr.profiles import PROFILES
from vidocr.ocr.weights import ATTENTIONS, DTYPES, QUANTISATIONS
from vidocr.values import Choice, Kind, Number, RegionList, RegionSpec, Switch, Text, Time

TRANSLATORS = ("auto", "openai", "transformers", "hunyuan-image")
ENGINES = ("auto", "rapid", "hunyuan", "server", "cascade", "tesseract")
TEST_ENGINES = ("fake",)
"""Engines for tests: accepted, but not offered."""

WHERE = "Where to look"
WHEN = "When to look"
WHAT = "What counts as a subtitle"
OUT = "What comes out"
TRANSLATION = "What translates"
WHO = "What reads the text"
MODEL = "Models: HunyuanOCR and others"
MACHINE = "Machine"


@dataclass(frozen=True, slots=True)
class Setting:
    """What there is to say of an option: ``key`` in TOML and the environment, ``flag``."""

    name: str
    key: str
    flag: str
    group: str
    help: str
    kind: Kind
    default: Any

    @property
    def variable(self) -> str:
        """The environment variable."""
        return f"VIDOCR_{self.key.upper()}"


def _option(
    default: Any, group: str, kind: Kind, help: str, *, key: str = "", flag: str = ""
) -> Any:
    metadata = {"group": group, "kind": kind, "help": help, "key": key, "flag": flag}
    return field(default=default, metadata=metadata, repr=not getattr(kind, "secret", False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """All that changes what is found. Times end in their unit, shares are fractions of 1.

    Raises:
        UsageError: A value is out of its range.
    """

    regions: tuple[RegionSpec, ...] = _option(
        (),
        WHERE,
        RegionList(),
        "Look here and nowhere else; may be repeated.",
        flag="--region",
    )
    scan_pairs: int = _option(
        16,
        WHERE,
        Number(int, 4, 200),
        "Pairs of frames looked at to find where subtitles stand.",
    )
    audit_s: float = _option(
        10.0,
        WHERE,
        Number(float, 1, 600, "s"),
        "Time between two looks at the whole picture, for places that the scan missed.",
    )
    start_us: int = _option(0, WHEN, Time(), "Begin here in the film.", key="start")
    end_us: int | None = _option(
        None, WHEN, Time(optional=True), "Stop here; empty for its end.", key="end"
    )
    grid_ms: int = _option(
        400, WHEN, Number(int, 100, 2000, "ms"), "Longest time between two looks for new text."
    )
    fast: bool = _option(
        False,
        WHEN,
        Switch(),
        "A first pass: skip frames that no other needs; times are coarser, --verbose says how far.",
    )
    min_duration_ms: int = _option(
        0, WHAT, Number(int, 0, 5000, "ms"), "Drop cues that are shorter."
    )
    min_confidence: float = _option(
        0.55, WHAT, Number(float, 0, 1), "Drop text that the engine is less sure of."
    )
    max_gap_ms: int = _option(
        80, WHAT, Number(int, 0, 1000, "ms"), "Equal text with a gap up to this is one cue."
    )
    static_share: float = _option(
        0.6,
        WHAT,
        Number(float, 0.05, 1),
        "Text that stands longer than this share of the film is a logo.",
    )
    min_support: float = _option(
        0.15,
        WHAT,
        Number(float, 0, 1),
        "A place with less text than this share of the main place's holds no subtitles.",
    )
    max_line_height: float = _option(
        0.25,
        WHAT,
        Number(float, 0.02, 0.5),
        "Tallest line of a subtitle, as a share of the picture's height.",
    )
    replace: str = _option(
        "",
        OUT,
        Text("FILE", "the path of a CSV file"),
        "Replace what this CSV file lists: what was read, and what is to stand instead.",
    )
    line_chars: int = _option(
        0, OUT, Number(int, 0, 200), "Break lines that have more characters; 0 for as they are."
    )
    max_lines: int = _option(
        2, OUT, Number(int, 1, 8), "Most lines of a cue where --line-chars breaks them."
    )
    min_display_ms: int = _option(
        0, OUT, Number(int, 0, 10_000, "ms"), "Show cues at least so long, where there is room."
    )
    min_gap_ms: int = _option(
        0, OUT, Number(int, 0, 1000, "ms"), "Least time between two cues in one place."
    )
    max_cps: float = _option(
        0.0,
        OUT,
        Number(float, 0, 100),
        "Flag cues that have more characters a second; translations are kept below; 0 for any.",
    )
    split_languages: bool = _option(
        False, OUT, Switch(), "A track for each language: subs.zh.srt, subs.en.srt."
    )
    keep: str = _option(
        "", OUT, Text("LANG", "a language, as in zh", "as in zh"), "Only lines of this language."
    )
    translate: str = _option(
        "",
        OUT,
        Text("LANG", "a language, as in en", "as in en"),
        "Translate into it; what was read is kept beside, as in subs.zh.srt.",
    )
    bilingual: str = _option(
        "none",
        OUT,
        Choice(("none", "above", "below")),
        "With a translation: both in one track, the translation above or below.",
    )
    translator: str = _option(
        "auto",
        TRANSLATION,
        Choice(TRANSLATORS),
        "What translates; auto takes openai where an address is given, else transformers.",
    )
    translator_model: str = _option(
        "",
        TRANSLATION,
        Text("NAME|DIR", "a hub's name, a folder, or a server's name"),
        "Its model.",
    )
    translator_url: str = _option(
        "",
        TRANSLATION,
        Text("URL", "an address, as in http://localhost:11434/v1"),
        "An OpenAI-compatible server that translates.",
    )
    translator_key: str = _option(
        "",
        TRANSLATION,
        Text("KEY", "a key", secret=True),
        "Key for that server; safer in VIDOCR_TRANSLATOR_KEY.",
    )
    translator_requests: int = _option(
        16, TRANSLATION, Number(int, 1, 256), "Requests to that server at once."
    )
    translator_timeout_s: float = _option(
        120.0, TRANSLATION, Number(float, 1, 3600, "s"), "Time for it to answer one request."
    )
    glossary: str = _option(
        "",
        TRANSLATION,
        Text("FILE", "the path of a CSV file"),
        "Terms and how they are to be translated, as a CSV file.",
    )
    tone: str = _option(
        "",
        TRANSLATION,
        Text("WORDS", "a few words, as in formal", "as in formal"),
        "How the translation should sound; for --translator openai.",
    )
    translation_memory: str = _option(
        "",
        TRANSLATION,
        Text("FILE", "the path of a file, or none", "none for no memory"),
        "Where translations are kept; empty for one in your cache folder.",
    )
    engine: str = _option(
        "auto",
        WHO,
        Choice(ENGINES, TEST_ENGINES),
        "What reads; auto takes a server that is named, else hunyuan on a GPU, else rapid.",
    )
    lang: str = _option(
        "",
        WHO,
        Text("LANG", "a language, as in ru or Russian", "as in ru or Russian"),
        "Language of the subtitles; needed for other scripts than Latin, Chinese and Japanese.",
    )
    server_url: str = _option(
        "",
        WHO,
        Text("URL", "an address, as in http://localhost:8000/v1"),
        "An OpenAI-compatible server that holds the model.",
    )
    api_key: str = _option(
        "", WHO, Text("KEY", "a key", secret=True), "Key for the server; safer in VIDOCR_API_KEY."
    )
    server_requests: int = _option(16, WHO, Number(int, 1, 256), "Requests to the server at once.")
    server_timeout_s: float = _option(
        120.0, WHO, Number(float, 1, 3600, "s"), "Time for the server to answer one request."
    )
    offline: bool = _option(False, WHO, Switch(), "Download no model.")
    model: str = _option(
        "",
        MODEL,
        Text("NAME|DIR", "a hub's name, a folder, or a server's name"),
        "Model that reads; empty for tencent/HunyuanOCR.",
    )
    revision: str = _option(
        "",
        MODEL,
        Text("REV", "a commit, tag or branch"),
        "Revision of the model on its hub.",
    )
    profile: str = _option(
        "auto",
        MODEL,
        Choice(("auto", *(profile.name for profile in PROFILES))),
        "How the model wants to be asked; auto goes by its name or folder.",
    )
    device: str = _option(
        "auto", MODEL, Text("DEVICE", "auto, cpu, cuda or cuda:1"), "Where the model runs."
    )
    dtype: str = _option(
        "auto",
        MODEL,
        Choice(DTYPES),
        "Numbers it reckons with; auto is bfloat16 on a GPU, float32 on a CPU.",
    )
    quantise: str = _option(
        "none", MODEL, Choice(QUANTISATIONS), "Smaller weights, for small cards (bitsandbytes)."
    )
    attention: str = _option("sdpa", MODEL, Choice(ATTENTIONS), "How attention is computed.")
    batch: int = _option(
        0, MODEL, Number(int, 0, 1024), "Pictures read at once; 0 for what fits into the memory."
    )
    line_height_px: int = _option(
        0,
        MODEL,
        Number(int, 0, 512, "px"),
        "Height to which lines are scaled for the model; 0 for its own.",
    )
    min_pixels: int = _option(
        0,
        MODEL,
        Number(int, 0, 4_000_000, "px"),
        "Least pixels of a line's picture; 0 for what the model asks, 1 for none: faster.",
    )
    max_new_tokens: int = _option(
        0,
        MODEL,
        Number(int, 0, 8192),
        "Tokens after which an answer is cut off; 0 for what a line, or a picture, needs.",
    )
    jobs: int = _option(
        1, MACHINE, Number(int, 1, 256), "Processes that share one film; the track is the same."
    )
    decode_threads: int = _option(
        0, MACHINE, Number(int, 0, 64), "Threads that decode the video; 0 for two more than cores."
    )
    hwaccel: str = _option(
        "none",
        MACHINE,
        Text("NAME", "none, auto or a device, as in cuda", "none, auto or a device, as in cuda"),
        "Device that decodes, as FFmpeg calls it; software does where it can't.",
    )

    def __post_init__(self) -> None:
        for setting in settings():
            try:
                setting.kind.check(getattr(self, setting.name))
            except ValueError as error:
                raise UsageError(f"{setting.name}: {error}") from error
        if self.end_us is not None and self.end_us <= self.start_us:
            raise UsageError(
                f"end: {self.end_us / 1e6:g} s is not after start ({self.start_us / 1e6:g} s); "
                "give a later end or an earlier start"
            )

    @property
    def translates_by(self) -> str:
        """The translator that was named, or that ``auto`` stands for."""
        if self.translator != "auto":
            return self.translator
        return "openai" if self.translator_url else "transformers"


@cache
def settings() -> tuple[Setting, ...]:
    """What there is to say of each option, in the order of ``Options``."""
    return tuple(_settings())


def _settings() -> Iterator[Setting]:
    for item in fields(Options):
        key = item.metadata["key"] or item.name
        yield Setting(
            name=item.name,
            key=key,
            flag=item.metadata["flag"] or "--" + key.replace("_", "-"),
            group=item.metadata["group"],
            help=item.metadata["help"],
            kind=item.metadata["kind"],
            default=item.default,
        )
