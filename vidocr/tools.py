"""Commands beside the main one: the engines there are, and any question about any picture."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import cloup

from vidocr.archiving import batch
from vidocr.config import resolve
from vidocr.console import explained, logging_to_stderr, put
from vidocr.errors import InputError
from vidocr.flags import flags_of, given, in_use
from vidocr.measuring import score
from vidocr.messages import printable
from vidocr.ocr.profiles import PROFILES, Profile, Task, prompt_for
from vidocr.options import MODEL, WHO, Options
from vidocr.reworking import translate
from vidocr.serving import serve
from vidocr.tokens import token

if TYPE_CHECKING:
    from vidocr.model import Image
    from vidocr.ocr.answers import Answer

_AT_ONCE = 16
_HELP = {"help_option_names": ["-h", "--help"]}


@cloup.command(context_settings=_HELP)
@cloup.option("--json", "as_json", is_flag=True, help="A JSON object instead of a table.")
def engines(as_json: bool) -> int:
    """Say what can read here, what the rest lacks, and under which licences models stand."""

    def run() -> int:
        from vidocr.ocr.choice import automatic_choice, states, wanted_of

        found, choice = states(), automatic_choice(wanted_of(resolve({})))
        if as_json:
            told = {"engines": found, "auto": choice, "models": _models()}
            put(json.dumps(told, ensure_ascii=False))
            return 0
        for state in found:
            ready = "ready" if state["ready"] else "not ready"
            put(f"{state['engine']:<10} {ready:<10} {state['note']}")
        put(f"auto       takes {choice}")
        put("\nModels for hunyuan, server and cascade (none comes with vidocr):")
        for model in _models():
            limits = f"; {model['not_for']}" if model["not_for"] else ""
            put(f"{model['profile']:<15} {model['model']}: {model['licence']}{limits}")
        return 0

    return explained(run, verbose=False)


def _models() -> list[dict[str, str]]:
    return [
        {
            "profile": profile.name,
            "model": profile.model_id,
            "licence": profile.licence,
            "not_for": profile.not_for,
        }
        for profile in PROFILES
    ]


@cloup.command(context_settings=_HELP)
@cloup.argument(
    "pictures", nargs=-1, required=True, type=click.Path(path_type=Path), help="PNG, JPEG, ..."
)
@cloup.option_group(
    "What to ask",
    cloup.option(
        "--task",
        type=click.Choice([task.value for task in Task]),
        default=Task.TEXT.value,
        help="What to do with each picture.  [text]",
    ),
    cloup.option("--prompt", help="A question of your own instead."),
    cloup.option("--keys", default="", help="Names of the fields for --task fields: name,date"),
    cloup.option("--language", default="English", help="Into which --task translate translates."),
    cloup.option("--json", "as_json", is_flag=True, help="A line of JSON for each picture."),
)
@flags_of(WHO, MODEL)
@cloup.option("--config", metavar="NAME|FILE", help="A preset or a TOML file.")
@cloup.option("-v", "--verbose", is_flag=True, help="Say more.")
def ask(
    pictures: Sequence[Path],
    task: str,
    prompt: str | None,
    keys: str,
    language: str,
    as_json: bool,
    config: str | None,
    verbose: bool,
    **flags: object,
) -> int:
    """Ask a vision-language model about PICTURES, and write its answers to standard output."""

    def run() -> int:
        options = in_use(resolve(given(flags), config=config), flags)
        fields = tuple(filter(None, (key.strip() for key in keys.split(","))))

        def words(profile: Profile) -> str:
            return prompt or prompt_for(profile, Task(task), keys=fields, language=language)

        spots = not prompt and task in (Task.SPOT.value, Task.SPOT_JSON.value)
        with logging_to_stderr(verbose=verbose, quiet=False):
            for path, image, answer in _answers(pictures, options, words):
                if as_json:
                    put(_as_json(path, image, answer, spots))
                else:
                    put(_as_text(path, image, answer, spots, alone=len(pictures) == 1))
        return 0

    return explained(run, verbose)


def _answers(
    paths: Sequence[Path], options: Options, words: Callable[[Profile], str]
) -> Iterator[tuple[Path, Image, Answer]]:
    from vidocr.ocr.choice import make_asker, wanted_of

    for path in paths:
        if not os.path.exists(path):  # noqa: PTH110  # Path.exists raises on too long a name
            raise InputError(f"{path}: there is no such file; check the path")
    engine = make_asker(wanted_of(options))
    prompt = words(engine.profile)
    for first in range(0, len(paths), _AT_ONCE):
        group = paths[first : first + _AT_ONCE]
        images = [_picture(path) for path in group]
        yield from zip(group, images, engine.ask(images, prompt), strict=True)


def _picture(path: Path) -> Image:
    import cv2
    import numpy as np

    try:
        content = np.fromfile(path, np.uint8)
    except OSError as error:
        raise InputError(f"{path}: can't be read: {error.strerror}; check the file") from error
    try:
        bgr = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    except cv2.error:  # it claims to be larger than OpenCV opens
        bgr = None
    if bgr is None:
        raise InputError(f"{path}: is no picture that can be read; give a PNG or a JPEG")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def _as_text(path: Path, image: Image, answer: Answer, spots: bool, *, alone: bool) -> str:
    from vidocr.ocr.answers import clean, spots_of

    rows = [printable(line) for line in clean(answer.text).splitlines()]
    if spots:
        found = spots_of(answer, image.shape[1], image.shape[0])
        corners = [",".join(f"{v:.0f}" for v in line.box or ()) for line in found]
        rows = [
            f"{place}\t{printable(line.text)}" for place, line in zip(corners, found, strict=True)
        ]
    shown = "\n".join(rows)
    return shown if alone else f"== {printable(path)}\n{shown}\n"


def _as_json(path: Path, image: Image, answer: Answer, spots: bool) -> str:
    from vidocr.ocr.answers import lines_of, spots_of

    height, width = image.shape[:2]
    lines = spots_of(answer, width, height) if spots else lines_of(answer)
    told: dict[str, Any] = {
        "picture": str(path),
        "answer": answer.text,
        "confidence": round(answer.confidence, 4),
        "cut_off": answer.cut_off,
        "lines": [
            {"text": line.text} | ({"box": [round(v, 1) for v in line.box]} if line.box else {})
            for line in lines
        ],
    }
    return json.dumps(told, ensure_ascii=False)


COMMANDS: dict[str, cloup.Command] = {
    "engines": engines,
    "ask": ask,
    "score": score,
    "batch": batch,
    "translate": translate,
    "serve": serve,
    "token": token,
}
