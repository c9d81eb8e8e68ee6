import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_package_is_installed() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = [path.parent.relative_to(ROOT) for path in ROOT.glob("vidocr/**/__init__.py")]
    found = {".".join(folder.parts) for folder in folders}

    # The presets lie in a folder of their own, where a user finds them.
    assert setuptools["package-dir"]["vidocr.presets"] == "configs"
    assert set(setuptools["packages"]) == found | {"vidocr.presets"}


def test_every_file_that_is_no_module_is_installed() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    data = {
        path.relative_to(ROOT)
        for path in (ROOT / "vidocr").rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    installed = {
        path.relative_to(ROOT)
        for package, patterns in setuptools["package-data"].items()
        for pattern in patterns
        for path in (ROOT / Path(*package.split("."))).glob(pattern)
    }
    assert data == installed
