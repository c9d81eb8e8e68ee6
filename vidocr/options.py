"""Options: every default and range stands here, once.

The fields of :class:`Options` carry what the command line, TOML files and the environment
need to know of them. What is set later wins: defaults, then a preset or TOML file, then the
environment (``VIDOCR_GRID_MS``), then flags (``--grid-ms``).
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from vidocr.errors import UsageError
from vidocr.values import Choice, Kind, Number, RegionList, RegionSpec, Time

ENGINES = ("rapid",)
TEST_ENGINES = ("fake",)
"""Engines for tests: accepted, but not offered."""

WHERE = "Where to look"
WHEN = "When to look"
WHAT = "What counts as a subtitle"
MACHINE = "Engine and machine"


@dataclass(frozen=True, slots=True)
class Setting:
    """What there is to say of an option: ``key`` in TOML and the environment, ``flag``."""

    name: str
    key: str
    flag: str
    group: str
    help: str
    kind: Kind
    default: Any

    @property
    def variable(self) -> str:
        """The environment variable."""
        return f"VIDOCR_{self.key.upper()}"


def _option(
    default: Any, group: str, kind: Kind, help: str, *, key: str = "", flag: str = ""
) -> Any:
    metadata = {"group": group, "kind": kind, "help": help, "key": key, "flag": flag}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """All that changes what is found. Times end in their unit, shares are fractions of 1.

    Raises:
        UsageError: A value is out of its range.
    """

    regions: tuple[RegionSpec, ...] = _option(
        (),
        WHERE,
        RegionList(),
        "Look here and nowhere else; may be repeated.",
        flag="--region",
    )
    scan_pairs: int = _option(
        16,
        WHERE,
        Number(int, 4, 200),
        "Pairs of frames looked at to find where subtitles stand.",
    )
    audit_s: float = _option(
        10.0,
        WHERE,
        Number(float, 1, 600, "s"),
        "Time between two looks at the whole picture, for places that the scan missed.",
    )
    start_us: int = _option(0, WHEN, Time(), "Begin here in the film.", key="start")
    end_us: int | None = _option(
        None, WHEN, Time(optional=True), "Stop here; empty for its end.", key="end"
    )
    grid_ms: int = _option(
        400, WHEN, Number(int, 100, 2000, "ms"), "Longest time between two looks for new text."
    )
    min_duration_ms: int = _option(
        0, WHAT, Number(int, 0, 5000, "ms"), "Drop cues that are shorter."
    )
    min_confidence: float = _option(
        0.55, WHAT, Number(float, 0, 1), "Drop text that the engine is less sure of."
    )
    max_gap_ms: int = _option(
        80, WHAT, Number(int, 0, 1000, "ms"), "Equal text with a gap up to this is one cue."
    )
    static_share: float = _option(
        0.6,
        WHAT,
        Number(float, 0.05, 1),
        "Text that stands longer than this share of the film is a logo.",
    )
    min_support: float = _option(
        0.15,
        WHAT,
        Number(float, 0, 1),
        "A place with less text than this share of the main place's holds no subtitles.",
    )
    max_line_height: float = _option(
        0.16,
        WHAT,
        Number(float, 0.02, 0.5),
        "Tallest line of a subtitle, as a share of the picture's height.",
    )
    engine: str = _option("rapid", MACHINE, Choice(ENGINES, TEST_ENGINES), "What reads the text.")
    decode_threads: int = _option(
        0, MACHINE, Number(int, 0, 64), "Threads that decode the video; 0 for one a core."
    )

    def __post_init__(self) -> None:
        for setting in settings():
            try:
                setting.kind.check(getattr(self, setting.name))
            except ValueError as error:
                raise UsageError(f"{setting.name}: {error}") from error
        if self.end_us is not None and self.end_us <= self.start_us:
            raise UsageError(
                f"end: {self.end_us / 1e6:g} s is not after start ({self.start_us / 1e6:g} s); "
                "give a later end or an earlier start"
            )


@cache
def settings() -> tuple[Setting, ...]:
    """What there is to say of each option, in the order of ``Options``."""
    return tuple(_settings())


def _settings() -> Iterator[Setting]:
    for item in fields(Options):
        key = item.metadata["key"] or item.name
        yield Setting(
            name=item.name,
            key=key,
            flag=item.metadata["flag"] or "--" + key.replace("_", "-"),
            group=item.metadata["group"],
            help=item.metadata["help"],
            kind=item.metadata["kind"],
            default=item.default,
        )


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
