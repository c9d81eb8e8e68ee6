"""Finds and loads a model: from a hub or its mirror, the cache, or a folder.

``HF_ENDPOINT`` names a mirror of the hub, ``HF_HUB_OFFLINE=1`` keeps off the network, and a
folder may come from anywhere, ModelScope's downloads included: they have the same files.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from vidocr.errors import DependencyError, UsageError
from vidocr.ocr.profiles import PROFILES, Profile, profile_for

_log = logging.getLogger(__name__)

EXTRA = "pip install 'vidocr[hunyuan]'"
OWN_PROFILE = "vidocr.json"
"""In a model's folder: fields of its profile that are its own."""

QUANTISATIONS = ("none", "8bit", "4bit")
ATTENTIONS = ("sdpa", "flash_attention_2", "flash_attention_3")
DTYPES = ("auto", "bfloat16", "float16", "float32")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which model, and how it is loaded."""

    model: str = ""
    revision: str = ""
    profile: Profile
    device: str = "auto"
    dtype: str = "auto"
    attention: str = "sdpa"
    quantise: str = "none"
    offline: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether the model is a folder of this machine."""
        return is_folder(self.model)


def source_for(model: str, *, profile: Profile | None = None, **how: Any) -> Source:
    """What is known of ``model``: a hub id, a folder, or empty for the default.

    Raises:
        UsageError: the folder holds no model, or one of a kind that is not known.
    """
    known = profile or profile_for(model)
    source = Source(model=model or known.model_id, profile=known, **how)
    if source.is_folder:
        own = _folder_profile(Path(source.model).expanduser())
        if profile and profile.model_type != own.model_type:
            raise UsageError(_wrong_kind(source.model, own.model_type, profile))
        return replace(source, profile=profile or own)
    if looks_like_a_path(source.model):
        raise UsageError(f"model {source.model}: there is no such folder; check the path")
    return source


def is_folder(model: str) -> bool:
    """Whether a model's name is the path of a folder."""
    try:
        return bool(model) and Path(model).expanduser().is_dir()
    except (OSError, RuntimeError):  # too long a name, or the home of nobody
        return False


def looks_like_a_path(model: str) -> bool:
    """Whether a model's name can be no hub's, but is the path of a folder that is not there."""
    return model.startswith((".", "/", "~")) or model.count("/") > 1


def _folder_profile(folder: Path) -> Profile:
    config = _json(folder / "config.json", f"{folder}: holds no model (it has no config.json)")
    kind = config.get("model_type")
    known = [profile for profile in PROFILES if profile.model_type == kind]
    if not known:
        kinds = ", ".join(sorted({profile.model_type for profile in PROFILES}))
        raise UsageError(f"{folder}: a model of the kind {kind!r}; vidocr can ask {kinds}")
    own = folder / OWN_PROFILE
    if not own.is_file():
        return known[0]
    return known[0].with_own(_json(own, f"{own}: can't be read"), str(own))


def _wrong_kind(model: str, kind: str, profile: Profile) -> str:
    kinds = ", ".join(sorted({known.model_type for known in PROFILES}))
    return (
        f"model {model}: it is of the kind {kind!r}, and the profile {profile.name} is for "
        f"{profile.model_type}; give another --profile or --model (vidocr can ask {kinds})"
    )


def _json(path: Path, problem: str) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{problem}: {error}; give the folder of a model") from error
    if not isinstance(content, dict):
        raise UsageError(f"{problem}; it is not a JSON object")
    return content


def missing_packages(*names: str) -> list[str]:
    """Which of the packages are not installed; loads none of them."""
    return [name for name in names if find_spec(name) is None]


def weights_at_hand(source: Source) -> bool:
    """Whether the model can be loaded without a download; loads nothing of it."""
    if source.is_folder:
        return True
    return is_cached(source.model, source.revision or source.profile.revision)


def is_cached(model: str, revision: str, *more: str) -> bool:
    """Whether the hub's cache holds weights of a model, in the usual files or one of ``more``."""
    from huggingface_hub import try_to_load_from_cache

    names = ("model.safetensors", "model.safetensors.index.json", *more)
    found = (try_to_load_from_cache(model, name, revision=revision) for name in names)
    return any(isinstance(path, str) for path in found)


def device_of(wanted: str) -> str:
    """``auto`` made cuda or cpu; another name as it is, once it is sure to be there.

    Raises:
        DependencyError: the device, or support for it, is missing.
        UsageError: it is no name of a device.
    """
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if not re.fullmatch(r"cpu|cuda(:\d+)?", wanted):
        raise UsageError(f"device: {wanted!r} is none; give auto, cpu, cuda or cuda:1")
    device = torch.device(wanted)
    if device.type == "cuda":
        count = torch.cuda.device_count()
        if not torch.cuda.is_available():
            built = f"built for CUDA {torch.version.cuda}" if torch.version.cuda else "CPU only"
            raise DependencyError(
                f"device {wanted}: no CUDA device can be used (torch {torch.__version__}, "
                f"{built}); install NVIDIA's driver and a torch for CUDA, or give --device cpu"
            )
        if device.index is not None and device.index >= count:
            raise DependencyError(
                f"device {wanted}: there are only {count} CUDA devices; give a lower number"
            )
    return wanted


def load(source: Source) -> tuple[Any, Any]:
    """The model, on its device and ready to read, and its processor.

    Raises:
        DependencyError: a package, the device or the weights are missing or broken.
        UsageError: the model is of a kind that can't be asked.
    """
    missing = missing_packages("torch", "transformers", "accelerate")
    if missing:
        raise DependencyError(
            f"engine hunyuan: not installed: {', '.join(missing)}; {EXTRA} brings what it needs"
        )
    device = device_of(source.device)
    _check_packages(source)
    at_hand = weights_at_hand(source)
    if not (at_hand or source.offline):
        _log.warning("model %s is not on this machine: downloading it", source.model)
    # What is at hand is taken as it is: a cached revision stays, and no network is asked.
    where: dict[str, Any] = {"local_files_only": source.offline or at_hand}
    if not source.is_folder:
        where["revision"] = source.revision or source.profile.revision
    path = str(Path(source.model).expanduser()) if source.is_folder else source.model
    try:
        with quietly(at_hand):
            model, processor = _model(path, where, source, device), _processor(path, where)
    except Exception as error:  # what loaders raise has no common base: OSError, RuntimeError,
        # SafetensorError, JSONDecodeError, huggingface_hub's own, pickle's, KeyError
        raise DependencyError(_unloadable(source, device, error)) from error
    if model.config.model_type != source.profile.model_type:
        kind = model.config.model_type
        raise UsageError(_wrong_kind(source.model, kind, source.profile))
    return model, processor


@contextmanager
def quietly(at_hand: bool) -> Iterator[None]:
    """Without the libraries' words on the terminal; a download may show its bars."""
    from transformers.utils import logging as theirs

    loggers = [logging.getLogger(name) for name in ("huggingface_hub", "transformers")]
    levels = [each.level for each in loggers]
    shown = theirs.is_progress_bar_enabled() and at_hand
    for each in loggers:
        each.setLevel(logging.ERROR)
    if shown:
        theirs.disable_progress_bar()
    try:
        yield
    finally:
        for each, level in zip(loggers, levels, strict=True):
            each.setLevel(level)
        if shown:
            theirs.enable_progress_bar()


def _model(path: str, where: dict[str, Any], source: Source, device: str) -> Any:
    import torch
    from transformers import AutoModelForImageTextToText

    name = source.dtype
    if name == "auto":
        name = "float32" if device == "cpu" else "bfloat16"
        name = "float16" if source.quantise == "8bit" else name  # what its products are made in
    extra: dict[str, Any] = {}
    if source.quantise != "none":
        extra["quantization_config"] = _quantisation(source.quantise, getattr(torch, name))
    model, report = AutoModelForImageTextToText.from_pretrained(
        path,
        dtype=getattr(torch, name),
        device_map=device,
        attn_implementation=source.attention,
        output_loading_info=True,
        **where,
        **extra,
    )
    if lost := sorted(report["missing_keys"]):
        raise ValueError(f"weights are missing: {', '.join(lost[:3])} ({len(lost)} in all)")
    return model


def _quantisation(quantise: str, dtype: Any) -> Any:
    from transformers import BitsAndBytesConfig

    if quantise == "8bit":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype
    )


def _processor(path: str, where: dict[str, Any]) -> Any:
    from transformers import AutoProcessor

    processor = AutoProcessor.from_pretrained(path, backend="pil", **where)
    processor.tokenizer.padding_side = "left"  # a causal model writes on from the last token
    return processor


def _check_packages(source: Source) -> None:
    if source.quantise != "none" and missing_packages("bitsandbytes"):
        raise DependencyError(
            f"quantise {source.quantise}: the package bitsandbytes is not installed; "
            "pip install bitsandbytes brings it"
        )
    package = {"flash_attention_2": "flash_attn", "flash_attention_3": "flash_attn_3"}
    needed = package.get(source.attention)
    if needed and missing_packages(needed):
        raise DependencyError(
            f"attention {source.attention}: the package {needed} is not installed; "
            "install it, or give --attention sdpa"
        )


def hub_is_off() -> bool:
    """Whether the environment keeps off the hub."""
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)


def is_out_of_memory(error: Exception) -> bool:
    """Whether a device or the machine had too little memory: torch says so in several ways."""
    import torch

    words = ("out of memory", "can't allocate memory", "ALLOC_FAILED")
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and any(each in str(error) for each in words)
    )


def _unloadable(source: Source, device: str, error: Exception) -> str:
    """What is wrong with the weights, and the ways to others."""
    words = " ".join(str(error).split())[:300] or type(error).__name__
    if is_out_of_memory(error):
        return (
            f"model {source.model}: {device} has too little free memory for it: {words}; free "
            "some, or give --quantise 4bit"
        )
    if isinstance(error, ImportError):
        return f"model {source.model}: needs a package that is not here: {words}; install it"
    if source.is_folder:
        return (
            f"model {source.model}: can't be loaded: {words}; the files are missing or broken: "
            "download the model again"
        )
    return (
        f"model {source.model}: can't be loaded: {words}; vidocr looked in the cache"
        + ("" if source.offline or hub_is_off() else " and on the hub")
        + f"; fetch it with `hf download {source.model}`, name a mirror in HF_ENDPOINT, or give "
        "the folder of a download (of ModelScope too) with --model"
    )
