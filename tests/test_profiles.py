import pytest

from vidocr.errors import UsageError
from vidocr.ocr.profiles import (
    DEFAULT_PROFILE,
    PROFILES,
    Task,
    profile_called,
    profile_for,
    prompt_for,
)

HUNYUAN = profile_called("hunyuanocr-1.5")


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("tencent/HunyuanOCR", "hunyuanocr-1.5"),
        ("/models/HunyuanOCR/", "hunyuanocr-1.5"),
        ("hunyuanocr-1.0-gguf", "hunyuanocr-1.5"),
        ("zai-org/GLM-OCR", "glm-ocr"),
        ("glm-ocr:latest", "glm-ocr"),
        ("PaddlePaddle/PaddleOCR-VL-1.5", "paddleocr-vl"),
        ("", DEFAULT_PROFILE),
        ("something/else", DEFAULT_PROFILE),
    ],
)
def test_a_model_is_known_by_its_name(model: str, name: str) -> None:
    assert profile_for(model).name == name


def test_every_model_says_its_licence_and_can_read_subtitles() -> None:
    assert len({profile.name for profile in PROFILES}) == len(PROFILES)
    for profile in PROFILES:
        assert profile.licence and prompt_for(profile, Task.SUBTITLE)
    for version in ("hunyuanocr-1.5", "hunyuanocr-1.0"):
        assert "EU, the UK or South Korea" in profile_called(version).not_for


def test_prompts_are_filled_in() -> None:
    fields = prompt_for(HUNYUAN, Task.FIELDS, keys=("name", "date"))
    assert fields == "提取图片中的: ['name','date'] 的字段内容，并按照JSON格式返回。"
    assert "翻译为英文。" in prompt_for(HUNYUAN, Task.TRANSLATE)
    assert "翻译为German。" in prompt_for(HUNYUAN, Task.TRANSLATE, language="German")
    assert prompt_for(HUNYUAN, Task.TRANSLATE).startswith("按照阅读顺序，提取图中文字")
    assert prompt_for(profile_called("hunyuanocr-1.0"), Task.TRANSLATE).startswith("先提取文字")


def test_a_task_without_keys_or_training_is_refused() -> None:
    with pytest.raises(UsageError, match="task fields: name the fields with --keys"):
        prompt_for(HUNYUAN, Task.FIELDS)
    with pytest.raises(UsageError, match="spot: glm-ocr was not trained for it; .* subtitle, text"):
        prompt_for(profile_called("glm-ocr"), Task.SPOT)
    with pytest.raises(UsageError, match="there is no 'tess'; take one of hunyuanocr-1.5, "):
        profile_called("tess")
