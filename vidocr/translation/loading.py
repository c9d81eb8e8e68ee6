"""Finds and loads a model that translates: from a hub or its mirror, the cache, or a folder."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from vidocr.errors import DependencyError
from vidocr.ocr.weights import (
    device_of,
    hub_is_off,
    is_cached,
    is_folder,
    is_out_of_memory,
    looks_like_a_path,
    missing_packages,
    quietly,
)

_log = logging.getLogger(__name__)

EXTRA = "pip install 'vidocr[translate]'"
_PACKAGES = ("torch", "transformers", "accelerate", "sentencepiece")
_SEQ2SEQ = ("marian", "m2m_100")
_CAUSAL = ("hunyuan_v1_dense",)
KINDS = (*_SEQ2SEQ, *_CAUSAL)
"""The model types of transformers that can be asked to translate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which model, and how it is loaded.

    Args:
        model: a hub's name or a folder, as in ``Helsinki-NLP/opus-mt-en-de``.
        revision: on the hub; by default ``main``.
        device: ``auto`` (the default), ``cpu``, ``cuda`` or ``cuda:1``.
        dtype: ``auto`` (the default), ``bfloat16``, ``float16`` or ``float32``. ``auto`` is
            float32 on a CPU, and on a GPU what such models were made in.
        offline: download nothing.
    """

    model: str
    revision: str = "main"
    device: str = "auto"
    dtype: str = "auto"
    offline: bool = False


class Parts(NamedTuple):
    """A loaded model, its tokenizer, and of which of ``KINDS`` it is."""

    model: Any
    tokenizer: Any
    kind: str

    @property
    def is_causal(self) -> bool:
        """Whether it goes on with a text, instead of putting one into another."""
        return self.kind in _CAUSAL


def load(source: Source) -> Parts:
    """The model, on its device, and its tokenizer.

    Raises:
        DependencyError: a package, the device, or the weights are missing or broken, or the
            model is of a kind that can't be asked.
        UsageError: the device is none.
    """
    if missing := missing_packages(*_PACKAGES):
        raise DependencyError(
            f"translator transformers: not installed: {', '.join(missing)}; {EXTRA} brings what "
            "it needs"
        )
    if not source.model:
        raise DependencyError(
            "translator transformers: no model was named; name one, as Helsinki-NLP/opus-mt-en-de, "
            "facebook/m2m100_418M or tencent/Hy-MT2-1.8B, or give the folder of one"
        )
    local = is_folder(source.model)
    if looks_like_a_path(source.model) and not local:
        raise DependencyError(f"model {source.model}: there is no such folder; check the path")
    device = device_of(source.device)
    at_hand = local or is_cached(source.model, source.revision, "pytorch_model.bin")
    if not (at_hand or source.offline):
        _log.warning("model %s is not on this machine: downloading it", source.model)
    path = str(Path(source.model).expanduser()) if local else source.model
    # What is at hand is taken as it is: a cached revision stays, and no network is asked.
    where: dict[str, Any] = {"local_files_only": source.offline or at_hand}
    if not local:
        where["revision"] = source.revision
    try:
        with quietly(at_hand), warnings.catch_warnings():
            # A package that the tokenizer loads and never calls.
            warnings.filterwarnings("ignore", "Recommended: pip install sacremoses")
            return _parts(path, where, source, device)
    except DependencyError:
        raise
    except Exception as error:  # what loaders raise has no common base: OSError, RuntimeError,
        # SafetensorError, JSONDecodeError, huggingface_hub's own, pickle's, KeyError
        raise DependencyError(_unloadable(source, device, error)) from error


def _parts(path: str, where: dict[str, Any], source: Source, device: str) -> Parts:
    import torch
    from transformers import (
        AutoConfig,
        AutoModelForCausalLM,
        AutoModelForSeq2SeqLM,
        AutoTokenizer,
    )

    kind = AutoConfig.from_pretrained(path, **where).model_type
    if kind not in KINDS:
        raise DependencyError(
            f"model {source.model}: it is of the kind {kind!r}; vidocr translates with "
            f"{', '.join(KINDS)}: take Opus-MT, M2M100, NLLB or Hy-MT2"
        )
    dtype = source.dtype
    if dtype == "auto":
        on_gpu = "float16" if kind in _SEQ2SEQ else "bfloat16"
        dtype = "float32" if device == "cpu" else on_gpu
    loader = AutoModelForSeq2SeqLM if kind in _SEQ2SEQ else AutoModelForCausalLM
    model, report = loader.from_pretrained(
        path,
        dtype=getattr(torch, dtype),
        device_map=device,
        output_loading_info=True,
        **where,
    )
    if lost := sorted(report["missing_keys"]):
        raise ValueError(f"weights are missing: {', '.join(lost[:3])} ({len(lost)} in all)")
    return Parts(model.eval(), AutoTokenizer.from_pretrained(path, **where), kind)


def _unloadable(source: Source, device: str, error: Exception) -> str:
    """What is wrong with the model, and the ways to another."""
    words = " ".join(str(error).split())[:300] or type(error).__name__
    cannot = f"model {source.model}: can't be loaded: {words}"
    if is_out_of_memory(error):
        return (
            f"model {source.model}: {device} has too little free memory for it: {words}; free "
            "some, or take a smaller model"
        )
    if isinstance(error, ImportError):
        return f"model {source.model}: needs a package that is not here: {words}; install it"
    if is_folder(source.model):
        return f"{cannot}; the files are missing or broken: download the model again"
    off = source.offline or hub_is_off()
    return (
        f"{cannot}; vidocr looked in the cache"
        + ("" if off else " and on the hub")
        + f"; fetch it with `hf download {source.model}`, name a mirror in HF_ENDPOINT, or give "
        "the folder of a download"
    )
