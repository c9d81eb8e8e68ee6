"""Imports run one way through the rooms; one room alone opens media, one alone prints."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = (
    (
        "errors",
        "values",
        "messages",
        "signals",
        "processes",
        "output",
        "database",
        "model",
        "engines",
        "report",
        "progress",
        "text",
        "ahead",
        "memory",
    ),
    ("stages", "ocr", "tracks", "delivery", "language"),
    ("options", "jobs", "scoring", "translation"),
    ("config", "console", "needs", "passes", "scan"),
    ("flags",),
    ("pipeline", "film_translation", "muxing"),
    ("finishing",),
    ("targets", "evidence"),
    ("extracting",),
    ("archive",),
    ("service",),
    ("measuring", "archiving", "reworking", "serving", "tokens"),
    ("tools",),
    ("cli",),
)
MODULES = {
    path.relative_to(ROOT / "vidocr").with_suffix(""): ast.parse(path.read_text())
    for path in sorted((ROOT / "vidocr").rglob("*.py"))
}


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def imports(node: ast.AST, with_types: bool = False) -> Iterator[str]:
    """Dotted names that a module imports, also inside functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (name.name for name in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0 and child.module, "imports are absolute"
            yield child.module
            yield from (f"{child.module}.{name.name}" for name in child.names)
        elif with_types or not is_for_types(child):
            yield from imports(child, with_types)


def room(name: str) -> str:
    """The part of ``vidocr.room.module`` that says the room."""
    return (name.split(".") + [""])[1]


def floor(name: str) -> int:
    (found,) = [number for number, rooms in enumerate(FLOORS) if name in rooms]
    return found


def rooms_imported(tree: ast.AST) -> set[str]:
    known = {path.parts[0] for path in MODULES}
    own = (name for name in imports(tree, with_types=True) if name.startswith("vidocr."))
    return {room(name) for name in own} & known


def test_every_room_stands_on_a_floor() -> None:
    assert {path.parts[0] for path in MODULES} == {"__init__", *(r for f in FLOORS for r in f)}


@pytest.mark.parametrize("path", [p for p in MODULES if p.parts[0] != "__init__"], ids=str)
def test_imports_run_one_way(path: Path) -> None:
    own = path.parts[0]
    for other in rooms_imported(MODULES[path]) - {own}:
        below = floor(other) < floor(own)
        beside = floor(other) == floor(own) == 0  # of the lowest, see below
        assert below or beside, f"{path} imports {other}"


def test_the_lowest_rooms_do_not_import_in_circles() -> None:
    left = {name: rooms_imported(MODULES[Path(name)]) - {name} for name in FLOORS[0]}
    while left:
        free = {name for name, needs in left.items() if not needs & set(left)}
        assert free, f"a circle among {sorted(left)}"
        left = {name: needs for name, needs in left.items() if name not in free}


@pytest.mark.parametrize("path", [p for p in MODULES if p.parts[0] == "stages"], ids=str)
def test_stages_know_nothing_of_engines_tracks_and_options(path: Path) -> None:
    assert not rooms_imported(MODULES[path]) & {"ocr", "tracks", "options", "pipeline", "cli"}


HOMES = {
    "av": {"stages/container", "stages/media", "muxing"},
    "budoux": {"delivery/unspaced"},
    "py3langid": {"language/evidence"},
    "rapidocr": {"ocr/scripts"},
    "regex": {"delivery/replacing"},
}


@pytest.mark.parametrize("library", HOMES)
def test_a_library_is_used_where_it_is_at_home_alone(library: str) -> None:
    users = {
        str(path)
        for path, tree in MODULES.items()
        if any(name.split(".")[0] == library for name in imports(tree))
    }
    assert users == HOMES[library]


@pytest.mark.parametrize(
    "path",
    [p for p in MODULES if p.parts[0] not in ("cli", "console", "archiving", "reworking")],
    ids=str,
)
def test_nobody_but_the_command_line_prints_and_exits(path: Path) -> None:
    called = {
        ast.unparse(node.func) for node in ast.walk(MODULES[path]) if isinstance(node, ast.Call)
    }
    assert not called & {"print", "exit", "quit", "sys.exit", "os._exit"}
    assert not {"sys.stdout", "sys.stderr"} & {
        ast.unparse(node) for node in ast.walk(MODULES[path]) if isinstance(node, ast.Attribute)
    }


EXTRAS = ("hunyuan", "ray", "remote", "serve", "translate")
HEAVY = {"torch", "transformers", "cv2", "av", "onnxruntime", "rapidocr", "skimage", "numpy"}
HEAVY |= {"fastapi", "pydantic", "uvicorn"}


@pytest.mark.parametrize("module", ["vidocr", "vidocr.cli", "vidocr.options"])
def test_heavy_libraries_are_not_loaded_for_help(module: str) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert module in loaded
    assert not loaded & HEAVY


def test_every_library_that_is_imported_is_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"], *(each for name in EXTRAS for each in extras[name])]
    asked = {re.split(r"[^\w-]", each)[0].lower().replace("-", "_") for each in needed}
    used = {name.split(".")[0] for tree in MODULES.values() for name in imports(tree)}
    distributions = packages_distributions()
    brought = {"cv2": "rapidocr", "click": "cloup", "huggingface_hub": "transformers"}
    for library in used - set(sys.stdlib_module_names) - {"vidocr"}:
        names = {name.lower().replace("-", "_") for name in distributions[library]} | {
            brought.get(library)
        }
        assert names & asked, f"{library} is imported, but not among the dependencies"
