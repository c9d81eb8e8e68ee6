import re
from pathlib import Path

import pytest

from tests.benchmarks.run import arguments
from vidocr import errors
from vidocr.cli import command
from vidocr.config import presets
from vidocr.options import Setting, settings
from vidocr.tools import COMMANDS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```\w+\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
DOCUMENTS = [
    path for pattern in ("", "fixtures/**/", "tests/**/") for path in ROOT.glob(f"{pattern}*.md")
]


def rows_of(section: str) -> list[str]:
    """The rows of the table in a section, without its head."""
    (text,) = re.findall(rf"^## {section}\n(.*?)(?=^## )", README, re.DOTALL | re.MULTILINE)
    return [line for line in text.splitlines() if line.startswith("| ")][1:]


def row(setting: Setting) -> str:
    kind = setting.kind
    takes = kind.brief or kind.takes
    default = kind.show(setting.default)
    return f"| `{setting.flag}` | `{setting.key}` | `{default}` | {takes} | {setting.help} |"


@pytest.mark.parametrize(
    "commands",
    [
        "pip install . && vidocr fixtures/videos/demo.mp4 -o demo.srt\n",
        "pip install -e '.[test]' && pytest\n",
    ],
)
def test_each_set_up_is_a_block_of_its_own(commands: str) -> None:
    assert commands in BLOCKS


def test_the_table_of_options_is_that_of_the_code() -> None:
    assert rows_of("Options") == [row(setting) for setting in settings()]


def test_each_flag_and_preset_that_is_named_exists() -> None:
    commands = [command, *COMMANDS.values()]
    commands += [each for group in commands for each in getattr(group, "commands", {}).values()]
    known = {flag for each in commands for option in each.params for flag in option.opts}
    known |= {flag for action in arguments()._actions for flag in action.option_strings}
    text = README.replace("pip install -e", "").replace("python -m", "")
    assert set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", text)) <= known | {"-odd-name"}
    assert set(re.findall(r"--config (\w[\w-]*)(?![\w.-])", text)) <= set(presets())


def test_the_exit_codes_are_those_of_the_code() -> None:
    listed = [int(row.split("|")[1]) for row in rows_of("Exit codes")]
    raised = {error.exit_code for error in errors.VidocrError.__subclasses__()}
    others = {errors.EXIT_SOME_FAILED, errors.EXIT_NO_SUBTITLES, errors.EXIT_INTERRUPTED}
    assert listed == sorted({0, 1} | others | raised)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", document.read_text())
    for link in links:
        if not link.startswith("https://"):
            assert (document.parent / link.partition("#")[0]).exists(), link


def test_the_examples_in_python_are_valid() -> None:
    examples = [block for block in BLOCKS if block.startswith("from ")]
    assert examples
    for example in examples:
        compile(example, "README.md", "exec")
