"""Translators whose model runs here, made by the kind of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vidocr.translation.model import Translator

if TYPE_CHECKING:
    from vidocr.translation.loading import Parts, Source


def make_transformers(
    model: str,
    *,
    target: str,
    revision: str = "main",
    device: str = "auto",
    dtype: str = "auto",
    offline: bool = False,
    beams: int = 4,
    batch: int = 0,
) -> Translator:
    """A model of transformers, loaded and ready to translate.

    Args:
        model: a hub's name or a folder: of Opus-MT, M2M100, NLLB or Hy-MT2.
        target: the language that will be asked for (BCP 47).
        revision: of the model on its hub.
        device: ``auto`` (the default), ``cpu``, ``cuda`` or ``cuda:1``.
        dtype: ``auto`` (the default), ``bfloat16``, ``float16`` or ``float32``.
        offline: download nothing.
        beams: of the search, 1 to 16, of all but Hy-MT2. The models' own number is 4 to 6.
        batch: lines at once, 1 to 1024; 0 for what suits the device.

    Raises:
        DependencyError: a package, the device or the model is missing, broken or of another kind.
        UsageError: the device is none, or the model doesn't translate to ``target``.
    """
    from vidocr.translation.loading import Source, load

    source = Source(model=model, revision=revision, device=device, dtype=dtype, offline=offline)
    return translator_of(load(source), source, target=target, beams=beams, batch=batch)


def translator_of(
    parts: Parts, source: Source, *, target: str, beams: int = 4, batch: int = 0
) -> Translator:
    """A model that is loaded already, ready to translate.

    Args:
        parts: the model.
        source: from where it was loaded.
        target: as ``make_transformers``.
        beams: as ``make_transformers``.
        batch: as ``make_transformers``.

    Raises:
        DependencyError: the model can't be asked.
        UsageError: it doesn't translate to ``target``.
    """
    identity = f"{source.model}@{source.revision}"
    if parts.is_causal:
        from vidocr.translation.causal import CausalTranslator

        return CausalTranslator(parts, identity, target=target, batch=batch)
    from vidocr.translation.seq2seq import Seq2SeqTranslator

    return Seq2SeqTranslator(parts, identity, target=target, beams=beams, batch=batch)
