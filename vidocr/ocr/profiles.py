"""What there is to know of each vision-language model that can read for vidocr."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from vidocr.errors import UsageError


class Task(Enum):
    """What a model is asked to do with a picture."""

    SUBTITLE = "subtitle"
    TEXT = "text"
    SPOT = "spot"
    SPOT_JSON = "spot-json"
    FIELDS = "fields"
    TRANSLATE = "translate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A model: where it is, under which licence, and how it wants to be asked.

    ``prompts`` hold a text for each task that the model was trained for; ``{keys}`` and
    ``{language}`` are filled in. ``end_tokens`` end an answer, beside those that the
    checkpoint's own generation_config names. ``repetition_penalty`` holds where that file
    names none. ``line_height_px`` is that of the canvas for one line, where the checkpoint's
    processor asks for no more pixels.
    """

    name: str
    model_id: str
    model_type: str
    licence: str
    not_for: str = ""
    revision: str = "main"
    system_turn: bool = False
    prompts: Mapping[Task, str]
    end_tokens: tuple[int, ...] = ()
    repetition_penalty: float = 1.0
    line_height_px: int = 64

    def with_own(self, fields: Mapping[str, Any], source: str) -> Profile:
        """The profile of a model that has some fields of its own, read from ``source``.

        Raises:
            UsageError: a field is unknown or of a wrong type.
        """
        own = dict(fields)
        try:
            prompts = {Task(name): str(text) for name, text in own.pop("prompts", {}).items()}
            made = replace(self, **own, prompts={**self.prompts, **prompts})
        except (TypeError, ValueError, AttributeError) as error:
            raise UsageError(f"{source}: {error}; it takes fields of a profile") from error
        for name in own:
            if not isinstance(getattr(made, name), type(getattr(self, name))):
                raise UsageError(f"{source}: {name} has the wrong type")
        return made


_HUNYUAN = {
    Task.TEXT: "提取图中的文字。",
    Task.SPOT: "检测并识别图片中的文字，将文本坐标格式化输出。",
    Task.FIELDS: "提取图片中的: {keys} 的字段内容，并按照JSON格式返回。",
    Task.TRANSLATE: (
        "先提取文字，再将文字内容翻译为{language}。若是文档，则其中页眉、页脚忽略。"
        "公式用latex格式表示，表格用html格式表示。"
    ),
}
_HUNYUAN_TRANSLATE = (
    "按照阅读顺序，提取图中文字，公式用latex格式表示，表格用markdown格式表示，"
    "再将文字内容翻译为{language}。"
)
_HUNYUAN_JSON = (
    "检测并识别图中所有的文字行，请按从上到下、从左到右的阅读顺序进行识别。 "
    '输出格式为 JSON 数组，每个元素必须包含："box": [xmin, ymin, xmax, ymax]'
    '（坐标需归一化到 [0, 1000] 范围内）；"text": "识别出的文字内容"。 '
    "注意：请直接输出 JSON 数组，不要包含任何多余的描述性文字。"
)
_HUNYUAN_LICENCE = "Tencent Hunyuan Community Licence"
_HUNYUAN_NOT_FOR = "not for use in the EU, the UK or South Korea, its output included"
_HUNYUAN_ENDS = (120007, 120020)

PROFILES: tuple[Profile, ...] = (
    Profile(
        name="hunyuanocr-1.5",
        model_id="tencent/HunyuanOCR",
        model_type="hunyuan_vl",
        licence=_HUNYUAN_LICENCE,
        not_for=_HUNYUAN_NOT_FOR,
        system_turn=True,
        prompts={
            **_HUNYUAN,
            Task.SUBTITLE: "提取图中的字幕",
            Task.SPOT_JSON: _HUNYUAN_JSON,
            Task.TRANSLATE: _HUNYUAN_TRANSLATE,
        },
        end_tokens=_HUNYUAN_ENDS,
        repetition_penalty=1.08,
    ),
    Profile(
        name="hunyuanocr-1.0",
        model_id="tencent/HunyuanOCR",
        model_type="hunyuan_vl",
        licence=_HUNYUAN_LICENCE,
        not_for=_HUNYUAN_NOT_FOR,
        revision="f6af82ee",  # the last commit before 1.5 took its place
        system_turn=True,
        prompts={**_HUNYUAN, Task.SUBTITLE: "提取图片中的字幕。"},
        end_tokens=_HUNYUAN_ENDS,
    ),
    Profile(
        name="glm-ocr",
        model_id="zai-org/GLM-OCR",
        model_type="glm_ocr",
        licence="MIT",
        prompts={Task.SUBTITLE: "Text Recognition:", Task.TEXT: "Text Recognition:"},
        end_tokens=(59246, 59253),
    ),
    Profile(
        name="paddleocr-vl",
        model_id="PaddlePaddle/PaddleOCR-VL-1.6",
        model_type="paddleocr_vl",
        licence="Apache-2.0",
        prompts={Task.SUBTITLE: "OCR:", Task.TEXT: "OCR:"},
        end_tokens=(2,),
    ),
)
DEFAULT_PROFILE = PROFILES[0].name


def profile_called(name: str) -> Profile:
    """The profile of that name.

    Raises:
        UsageError: there is none.
    """
    for profile in PROFILES:
        if profile.name == name:
            return profile
    known = ", ".join(profile.name for profile in PROFILES)
    raise UsageError(f"profile: there is no {name!r}; take one of {known}")


def profile_for(model: str) -> Profile:
    """The profile of a hub id or of a server's name for a model; the default where unknown."""
    wanted = model.rstrip("/").rsplit("/", 1)[-1].lower()
    for profile in PROFILES:
        if profile.model_id.rsplit("/", 1)[-1].lower() == wanted:
            return profile
    for profile in PROFILES:
        if profile.name.partition("-")[0] in wanted:
            return profile
    return profile_called(DEFAULT_PROFILE)


def prompt_for(
    profile: Profile, task: Task, *, keys: tuple[str, ...] = (), language: str = "English"
) -> str:
    """What the model is asked.

    Args:
        profile: of the model.
        task: what is wanted.
        keys: the names of the fields of ``Task.FIELDS``.
        language: the target of ``Task.TRANSLATE``, as its name in English.

    Raises:
        UsageError: the model was not trained for the task, or it needs keys.
    """
    template = profile.prompts.get(task)
    if template is None:
        able = ", ".join(known.value for known in profile.prompts)
        raise UsageError(
            f"task {task.value}: {profile.name} was not trained for it; it takes {able}, "
            "or a prompt of your own with --prompt"
        )
    if task is Task.FIELDS and not keys:
        raise UsageError("task fields: name the fields with --keys, as in --keys name,date")
    quoted = "[" + ",".join(f"'{key}'" for key in keys) + "]"
    into = {"English": "英文", "Chinese": "中文"}.get(language, language)
    return template.replace("{keys}", quoted).replace("{language}", into)
