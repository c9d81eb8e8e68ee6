"""Where the options of a run come from: flags, the environment, TOML files and presets."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from vidocr.errors import UsageError
from vidocr.options import Options, Setting, settings


def resolve(
    flags: Mapping[str, object],
    *,
    config: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Options:
    """The options of a run.

    Args:
        flags: Values given on the command line by the name of the field; None = not given.
        config: A preset (see :func:`presets`) or the path of a TOML file.
        environment: ``os.environ`` if not given; an empty variable counts as not set.

    Raises:
        UsageError: A value is wrong, a key unknown or a file unreadable; the message names
            the option, what it takes, and where it was set.
    """
    variables = os.environ if environment is None else environment
    source, table = ("", {}) if config is None else read_config(config)
    values: dict[str, Any] = {}
    for setting in settings():
        # What comes later wins, but a wrong value is an error also where it loses.
        for where, raw in (
            (source, table.get(setting.key)),
            (
                f"the environment variable {setting.variable}",
                variables.get(setting.variable) or None,
            ),
            (setting.flag, flags.get(setting.name)),
        ):
            if raw is not None:
                values[setting.name] = _parse(setting, raw, where)
    return Options(**values)


def _parse(setting: Setting, raw: object, where: str) -> Any:
    try:
        return setting.kind.parse(raw)
    except ValueError as error:
        raise UsageError(f"{setting.key}: {error} (set by {where})") from error


def presets() -> tuple[str, ...]:
    """Names of the configurations that come with vidocr."""
    files = resources.files("vidocr.presets").iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if _is_toml(file.name)))


def read_config(config: str) -> tuple[str, dict[str, Any]]:
    """Where the table of options stands, and the table, its keys checked.

    Args:
        config: The name of a preset or the path of a file. A name without ending or folder
            is a preset's: ``./film`` is a file.

    Raises:
        UsageError: There is no such preset or file, or it is not TOML, or has unknown keys.
    """
    if _is_toml(config) or Path(config).name != config:
        source, content = config, _read_file(Path(config))
    elif config in presets():
        source = f"the preset {config}"
        content = (resources.files("vidocr.presets") / f"{config}.toml").read_bytes()
    else:
        raise UsageError(
            f"--config {config}: unknown preset{_suggestion(config, presets())}; the presets are "
            f"{', '.join(presets())}, and the path of a file ends in .toml or has a folder"
        )
    try:
        table = tomllib.loads(content.decode())
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError are both one
        raise UsageError(f"{source}: not a TOML file in UTF-8: {error}") from error
    known = [setting.key for setting in settings()]
    for key in table:
        if key not in known:
            raise UsageError(
                f"{source}: unknown option {key!r}{_suggestion(key, known)}; "
                f"the options are {', '.join(known)}"
            )
    return source, table


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"--config {path}: can't be read: {error.strerror}; give the path of a TOML file "
            f"or one of the presets {', '.join(presets())}"
        ) from error


def _is_toml(name: str) -> bool:
    return name.endswith(".toml")


def _suggestion(name: str, known: Iterable[str]) -> str:
    matches = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {matches[0]!r}?)" if matches else ""
