"""Engines made by name, and the choice of one where none is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

from vidocr.engines import OcrEngine
from vidocr.errors import DependencyError, UsageError
from vidocr.model import Image
from vidocr.ocr.languages import engine_for, language, rapid_for
from vidocr.ocr.profiles import Profile, profile_called
from vidocr.ocr.weights import (
    EXTRA,
    Source,
    is_folder,
    missing_packages,
    source_for,
    weights_at_hand,
)

_ALL_AT_HAND = "a CUDA device and the weights are at hand"

if TYPE_CHECKING:
    from vidocr.ocr.answers import Answer
    from vidocr.ocr.hunyuan import HunyuanEngine
    from vidocr.ocr.server import ServerEngine


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of the engines; each field is the option of that name."""

    engine: str
    lang: str
    server_url: str
    api_key: str
    server_requests: int
    server_timeout_s: float
    offline: bool
    model: str
    revision: str
    profile: str
    device: str
    dtype: str
    quantise: str
    attention: str
    batch: int
    line_height_px: int
    min_pixels: int
    max_new_tokens: int


class Asker(Protocol):
    """A vision-language model that answers any prompt about any picture."""

    @property
    def profile(self) -> Profile:
        """How it wants to be asked."""
        ...

    def ask(self, images: Sequence[Image], prompt: str) -> list[Answer]:
        """An answer about each picture, in order."""
        ...


class Readers(NamedTuple):
    """What reads: an engine, a vision-language model, or both; and why these."""

    engine: OcrEngine | None
    model: OcrEngine | None
    why: str = ""

    @property
    def name(self) -> str:
        """The names of both."""
        return "+".join(reader.name for reader in (self.engine, self.model) if reader)


def make_readers(wanted: Wanted) -> Readers:
    """The engines that ``wanted`` names, ready to read.

    Raises:
        UsageError: there is no such engine, or what it needs was not given.
        DependencyError: a package, a model, a device or a server is missing.
    """
    name = wanted.engine
    if wanted.lang:
        language(wanted.lang)  # an unknown one is a mistake whatever reads
    if name == "auto":
        return _automatic(wanted)
    if name == "hunyuan":
        return Readers(None, _hunyuan(wanted))
    if name == "server":
        return Readers(None, _server(wanted))
    if name == "cascade":
        return _cascade(wanted)
    if name == "tesseract":
        from vidocr.ocr.tesseract import TesseractEngine

        return Readers(TesseractEngine([language(wanted.lang or "en").tesseract]), None)
    if name == "rapid":
        return Readers(rapid_for(wanted.lang, offline=wanted.offline), None)
    if name == "fake":
        from vidocr.ocr.fake import FakeEngine

        return Readers(FakeEngine(), None)
    raise UsageError(f"engine: there is no {name!r}; see vidocr --help for those there are")


class Makers(NamedTuple):
    """What makes an engine for each process, and a model that all share; one may be None.

    They can be pickled, and raise what ``make_readers`` raises.
    """

    engine: Callable[[], OcrEngine | None] | None
    model: Callable[[], OcrEngine] | None


def makers(wanted: Wanted) -> Makers:
    """What ``make_readers`` would make, in two parts and later.

    Raises:
        UsageError: there is no such engine, or what it needs was not given.
    """
    name = wanted.engine
    if name == "auto":
        at_hand = "" if why_not_hunyuan(wanted) else "hunyuan"
        name = "server" if wanted.server_url else at_hand
    if name == "server" or (name == "cascade" and wanted.server_url):
        model: Callable[[], OcrEngine] | None = partial(_server, wanted)
    else:
        model = partial(_hunyuan, wanted) if name in ("hunyuan", "cascade") else None
    if model is None:  # of auto that with the language's engine, for it was asked above
        alone = replace(wanted, device="cpu") if wanted.engine == "auto" else wanted
        return Makers(partial(_engine, alone), None)
    return Makers(partial(_beside_model, wanted) if name == "cascade" else None, model)


def _engine(wanted: Wanted) -> OcrEngine | None:
    return make_readers(wanted).engine


def _beside_model(wanted: Wanted) -> OcrEngine | None:
    try:
        return _for_language(wanted)[0]
    except DependencyError:
        return None


def wanted_of(options: object) -> Wanted:
    """What ``options`` ask of the engines."""
    return Wanted(**{each.name: getattr(options, each.name) for each in fields(Wanted)})


def make_asker(wanted: Wanted) -> Asker:
    """The model that ``wanted`` names, to be asked about pictures.

    Raises:
        UsageError: the engine is none that can be asked.
        DependencyError: a package, a model, a device or a server is missing.
    """
    if wanted.engine == "server":
        return _server(wanted)
    if wanted.engine == "hunyuan":
        return _hunyuan(wanted)
    if wanted.engine in ("auto", "cascade"):
        return _server(wanted) if wanted.server_url else _hunyuan(wanted)
    raise UsageError(f"engine {wanted.engine} can't be asked; take hunyuan or server")


def states() -> list[dict[str, object]]:
    """Each engine, whether it is ready on this machine, and what it lacks or is for."""
    from vidocr.ocr.tesseract import why_not_tesseract

    lacking = missing_packages("torch", "transformers", "accelerate")
    no_model = f"lacks {', '.join(lacking)}: {EXTRA}" if lacking else ""
    no_cascade = f"{no_model}, or give --server-url" if lacking else ""
    weights = "HunyuanOCR or another model, on a GPU or slowly on a CPU"
    if not lacking and not weights_at_hand(source_for("")):
        weights += "; the first run downloads the weights"
    no_tesseract = why_not_tesseract()
    notes = (
        ("rapid", "", "Chinese, English, Japanese and some 45 languages in Latin script, on a CPU"),
        ("tesseract", no_tesseract, "more than 100 languages, on a CPU; see --lang"),
        ("hunyuan", no_model, weights),
        ("server", "", "a model behind any OpenAI-compatible server; see --server-url"),
        ("cascade", no_cascade, "rapid, and where it is unsure hunyuan, or a server"),
    )
    return [
        {"engine": name, "ready": not lacks, "note": f"{note} - {lacks}" if lacks else note}
        for name, lacks, note in notes
    ]


def automatic_choice(wanted: Wanted) -> str:
    """What ``auto`` takes here, and why, without making it."""
    if wanted.server_url:
        return f"server: {wanted.server_url}"
    reason = why_not_hunyuan(wanted)
    return f"rapid: {reason}" if reason else f"hunyuan: {_ALL_AT_HAND}"


def _automatic(wanted: Wanted) -> Readers:
    if wanted.server_url:
        return Readers(None, _server(wanted), "its address was given")
    reason = why_not_hunyuan(wanted)
    if not reason:
        return Readers(None, _hunyuan(wanted), _ALL_AT_HAND)
    engine, why = _for_language(wanted)
    return Readers(engine, None, f"not hunyuan: {reason}" + (f"; {why}" if why else ""))


def _cascade(wanted: Wanted) -> Readers:
    model = _server(wanted) if wanted.server_url else _hunyuan(wanted)
    try:
        engine, why = _for_language(wanted)
    except DependencyError as error:
        return Readers(None, model, f"the model alone: {error}")
    return Readers(engine, model, why)


def why_not_hunyuan(wanted: Wanted) -> str:
    """What hunyuan lacks here, the cheapest question first; empty where it can read."""
    if wanted.device == "cpu":
        return "device cpu was asked for"
    if missing := missing_packages("torch", "transformers", "accelerate"):
        return f"{', '.join(missing)} not installed"
    source = source_of(wanted)
    if not weights_at_hand(source):
        return f"no weights of {source.model} on this machine"
    import torch

    return "" if torch.cuda.is_available() else "no CUDA device"


def source_of(wanted: Wanted) -> Source:
    """Which model is to be loaded, and how."""
    named = None if wanted.profile == "auto" else profile_called(wanted.profile)
    return source_for(
        wanted.model,
        profile=named,
        revision=wanted.revision,
        device=wanted.device,
        dtype=wanted.dtype,
        attention=wanted.attention,
        quantise=wanted.quantise,
        offline=wanted.offline,
    )


def _hunyuan(wanted: Wanted) -> HunyuanEngine:
    from vidocr.ocr.hunyuan import HunyuanEngine

    return HunyuanEngine(
        source_of(wanted),
        batch=wanted.batch,
        line_height_px=wanted.line_height_px,
        min_pixels=wanted.min_pixels,
        max_new_tokens=wanted.max_new_tokens,
    )


def _server(wanted: Wanted) -> ServerEngine:
    from vidocr.ocr.server import ServerEngine

    if not wanted.server_url:
        raise UsageError("engine server: give the server's address with --server-url")
    named = None if wanted.profile == "auto" else profile_called(wanted.profile)
    if named is None and is_folder(wanted.model):  # as transformers serve names models
        named = source_for(wanted.model).profile
    return ServerEngine(
        wanted.server_url,
        wanted.model,
        profile=named,
        api_key=wanted.api_key or None,
        in_flight=wanted.server_requests,
        timeout_s=wanted.server_timeout_s,
        max_new_tokens=wanted.max_new_tokens,
    )


def _for_language(wanted: Wanted) -> tuple[OcrEngine, str]:
    """The engine on the CPU that reads the language, and why that."""
    if wanted.lang:
        return engine_for(language(wanted.lang), offline=wanted.offline)
    from vidocr.ocr.rapid import RapidEngine

    return RapidEngine(), ""
