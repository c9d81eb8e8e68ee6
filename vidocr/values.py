"""Kinds of values that an option takes: how each is written, checked and described.

A kind reads what TOML gives (typed) and what flags and the environment give (text).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from vidocr.errors import UsageError

_US_PER_S = 1_000_000


class Kind(Protocol):
    """How the values of an option are written, checked and described."""

    @property
    def metavar(self) -> str:
        """What stands for the value in the help text."""
        ...

    @property
    def takes(self) -> str:
        """Which values are taken, as a noun."""
        ...

    @property
    def brief(self) -> str:
        """The same in a word or two, for a line of help; empty where the metavar says it."""
        ...

    def parse(self, raw: object) -> Any:
        """The value; a ValueError if it is not one that the option takes."""
        ...

    def check(self, value: Any) -> None:
        """A ValueError if the option doesn't take the value."""
        ...

    def show(self, value: Any) -> str:
        """The value as it is written in TOML."""
        ...


def _wrong(kind: Kind, value: object) -> ValueError:
    return ValueError(f"takes {kind.takes}, not {value!r}")


def _plain(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}"


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a closed range."""

    type: type[int] | type[float]
    least: float
    most: float
    unit: str = ""

    @property
    def metavar(self) -> str:
        """``MS``, ``S`` or ``N``."""
        return self.unit.upper() or "N"

    @property
    def takes(self) -> str:
        """The range in words."""
        noun = "a whole number" if self.type is int else "a number"
        return f"{noun} from {self.brief}"

    @property
    def brief(self) -> str:
        """The range."""
        return f"{_plain(self.least)} to {_plain(self.most)} {self.unit}".rstrip()

    def parse(self, raw: Any) -> float:
        """An int or float in the range, from a number or text."""
        try:
            value = self.type(raw) if isinstance(raw, str) else raw
            self.check(value)
        except ValueError:
            raise _wrong(self, raw) from None
        return self.type(value)

    def check(self, value: Any) -> None:
        """Whole where it has to be, in the range, and neither a bool nor NaN."""
        numbers = int if self.type is int else (int, float)
        is_number = isinstance(value, numbers) and not isinstance(value, bool)
        if not (is_number and self.least <= value <= self.most):
            raise _wrong(self, value)

    def show(self, value: float) -> str:
        """The number."""
        return repr(value)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several names; ``unlisted`` ones are taken but not offered."""

    names: tuple[str, ...]
    unlisted: tuple[str, ...] = ()
    brief: str = ""

    @property
    def metavar(self) -> str:
        """The names, as click shows a choice."""
        return f"[{'|'.join(self.names)}]"

    @property
    def takes(self) -> str:
        """The names."""
        *others, last = self.names
        return f"{', '.join(others)} or {last}" if others else last

    def parse(self, raw: object) -> str:
        """The name."""
        self.check(raw)
        return str(raw)

    def check(self, value: object) -> None:
        """One of the names."""
        if value not in (*self.names, *self.unlisted):
            raise _wrong(self, value)

    def show(self, value: str) -> str:
        """The name in quotes."""
        return f'"{value}"'


@dataclass(frozen=True, slots=True)
class Text:
    """Any text on one line; it may be empty."""

    metavar: str
    takes: str
    brief: str = ""
    secret: bool = False

    def parse(self, raw: object) -> str:
        """The text without spaces around it."""
        text = raw.strip() if isinstance(raw, str) else raw
        self.check(text)
        return str(text)

    def check(self, value: object) -> None:
        """Text without control characters; a secret one is not shown where it is wrong."""
        if not isinstance(value, str) or any(ord(character) < 32 for character in value):
            raise _wrong(self, "what was given" if self.secret else value)

    def show(self, value: str) -> str:
        """The text in quotes."""
        return f'"{value}"'


@dataclass(frozen=True, slots=True)
class Switch:
    """Yes or no; on the command line a flag that is there or not."""

    metavar: str = ""
    takes: str = "true or false"
    brief: str = ""

    def parse(self, raw: object) -> bool:
        """A bool, from one or from a word."""
        words = dict.fromkeys(("1", "true", "yes", "on"), True)
        words |= dict.fromkeys(("0", "false", "no", "off"), False)
        value = words.get(raw.lower()) if isinstance(raw, str) else raw
        if not isinstance(value, bool):
            raise _wrong(self, raw)
        return value

    def check(self, value: object) -> None:
        """A bool."""
        if not isinstance(value, bool):
            raise _wrong(self, value)

    def show(self, value: bool) -> str:
        """The word of TOML."""
        return str(value).lower()


_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d+)?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Time:
    """A time of the film in us; an ``optional`` one may be empty, which is None."""

    optional: bool = False
    metavar: str = "TIME"
    brief: str = "seconds or [HH:]MM:SS"

    @property
    def takes(self) -> str:
        """How a time is written."""
        return "seconds or [HH:]MM:SS[.mmm]" + (", or nothing" if self.optional else "")

    def parse(self, raw: object) -> int | None:
        """Microseconds, from a number of seconds or a clock's reading."""
        if self.optional and raw == "":
            return None
        match = _CLOCK.fullmatch(str(raw))
        if match is None:
            raise _wrong(self, raw)
        hours, minutes = int(match[1] or 0), int(match[2] or 0)
        seconds = Decimal(match[3].replace(",", "."))
        if (match[1] and minutes > 59) or (match[2] and seconds >= 60):
            raise _wrong(self, raw)
        return round((hours * 60 + minutes) * 60 * _US_PER_S + seconds * _US_PER_S)

    def check(self, value: object) -> None:
        """Not before zero."""
        if value is None and self.optional:
            return
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise ValueError(f"takes microseconds from 0 on, not {value!r}")

    def show(self, value: int | None) -> str:
        """Seconds."""
        return '""' if value is None else f"{value / _US_PER_S:g}"


class Extent(NamedTuple):
    """A length in px, or in per cent of the picture's."""

    value: float
    is_percent: bool

    def px(self, whole: int) -> float:
        """The length in px of a picture that is ``whole`` px long."""
        return self.value * whole / 100 if self.is_percent else self.value

    def __str__(self) -> str:
        return f"{self.value:g}%" if self.is_percent else f"{self.value:g}"


_EXTENT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(%|px)?\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class RegionSpec:
    """A part of the picture that the user asked for; the origin is at the top left."""

    x: Extent
    y: Extent
    width: Extent
    height: Extent

    @classmethod
    def parse(cls, text: str) -> RegionSpec:
        """From ``x,y,width,height``, each in px (``120`` or ``120px``) or per cent (``10%``).

        Raises:
            ValueError: The text is not that, or the region has no width or height.
        """
        matches = [_EXTENT.fullmatch(part) for part in text.split(",")]
        extents = [Extent(float(m[1]), m[2] == "%") for m in matches if m is not None]
        if len(matches) != 4 or len(extents) != 4:
            raise ValueError(f"takes {RegionList().takes}, not {text!r}")
        spec = cls(*extents)
        if not (spec.width.value and spec.height.value):
            raise ValueError(f"takes a region with a width and a height, not {text!r}")
        return spec

    def resolve(self, width: int, height: int) -> tuple[int, int, int, int]:
        """(x, y, width, height) in whole px of a picture of that size, clipped to it.

        Raises:
            UsageError: Nothing of the region lies in the picture.
        """
        x0, x1 = _clipped(self.x.px(width), self.width.px(width), width)
        y0, y1 = _clipped(self.y.px(height), self.height.px(height), height)
        if x0 >= x1 or y0 >= y1:
            raise UsageError(
                f"region {self}: lies outside of the picture, which is {width} x {height} px; "
                "give x,y,width,height in px or per cent of it"
            )
        return x0, y0, x1 - x0, y1 - y0

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.width},{self.height}"


def _clipped(start: float, length: float, whole: int) -> tuple[int, int]:
    return max(0, round(start)), min(whole, round(start + length))


@dataclass(frozen=True, slots=True)
class RegionList:
    """Regions: a list of texts, or one text with ``;`` between them."""

    metavar: str = "X,Y,W,H"
    brief: str = "px or %, as in 10%,80%,80%,15%"
    takes: str = "x,y,width,height in px or per cent, as in 10%,80%,80%,15%"

    def parse(self, raw: object) -> tuple[RegionSpec, ...]:
        """The regions in the order in which they were given."""
        texts = raw.split(";") if isinstance(raw, str) else raw
        if not isinstance(texts, Iterable):
            raise _wrong(self, raw)
        return tuple(RegionSpec.parse(text) for text in map(str, texts) if text.strip())

    def check(self, value: Any) -> None:
        """A tuple of regions."""
        is_tuple = isinstance(value, tuple)
        if not (is_tuple and all(isinstance(spec, RegionSpec) for spec in value)):
            raise ValueError(f"takes a tuple of RegionSpec, not {value!r}")

    def show(self, value: tuple[RegionSpec, ...]) -> str:
        """The list of their texts."""
        return "[" + ", ".join(f'"{spec}"' for spec in value) + "]"
