"""PP-OCR's models out of RapidOCR's wheel, run by onnxruntime: nothing is downloaded.

RapidOCR itself is not loaded, as that takes longer than the models do, and memory for libraries
that are not needed here.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidocr.errors import DependencyError, EngineError


def models_folder() -> Path:
    """RapidOCR's folder of models, in its package."""
    spec = importlib.util.find_spec("rapidocr")
    return Path(spec.origin if spec and spec.origin else ".").parent / "models"


@cache
def session(part: str) -> Any:
    """The model of ``det`` (detection) or ``rec`` (recognition), loaded once a process.

    On one thread: two double the CPU time. Calls from several threads are safe.

    Raises:
        DependencyError: it is missing or can't be loaded.
    """
    try:
        file = _file(part)
        import onnxruntime

        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = settings.inter_op_num_threads = 1
        settings.log_severity_level = 3
        settings.enable_mem_pattern = False  # it plans for equal shapes, and those differ
        # An arena: without it the many shapes of a film's lines fragment the heap.
        arena = {"arena_extend_strategy": "kSameAsRequested"}
        return onnxruntime.InferenceSession(
            file, settings, providers=[("CPUExecutionProvider", arena)]
        )
    except Exception as error:  # ImportError, StopIteration, or one of onnxruntime's
        raise DependencyError(
            f"engine rapid: its model can't be loaded ({error}); reinstall it "
            "(pip install --force-reinstall 'rapidocr>=3.10,<4' onnxruntime)"
        ) from error


def _file(part: str) -> Path:
    """What the wheel itself holds: models of other scripts are downloaded beside it."""
    return next(
        Path(str(each.locate()))
        for each in metadata.files("rapidocr") or ()
        if each.match(f"models/*_{part}_*.onnx")
    )


def run(part: str, planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """The model's answer to one picture, shape (3, height, width), values -1 to 1.

    Raises:
        DependencyError: the model is missing.
        EngineError: it failed.
    """
    model = session(part)
    try:
        (answer, *_) = model.run(None, {model.get_inputs()[0].name: planes[np.newaxis]})
    except Exception as error:  # onnxruntime raises exceptions of many kinds
        raise EngineError(f"engine rapid failed: {error}; report this with the film") from error
    return np.asarray(answer[0], np.float32)


def characters() -> tuple[str, ...]:
    """What the classes of recognition stand for; the first is CTC's blank, the last a space."""
    listed = session("rec").get_modelmeta().custom_metadata_map["character"]
    return ("", *listed.splitlines(), " ")
