"""Flags of the command line, made from ``Options``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import cloup

from vidocr.errors import UsageError
from vidocr.needs import unused
from vidocr.options import Options, Setting, settings
from vidocr.values import Switch

_Command = Callable[..., int]


def flags_of(
    *only: str, but: Collection[str] = (), also: Collection[str] = ()
) -> Callable[[_Command], _Command]:
    """A decorator that gives a command the flags of ``Options``, in its groups and its order.

    Args:
        only: titles of the groups to give; all if none is named.
        but: names of options to leave out.
        also: names of options of other groups.
    """

    def decorate(function: _Command) -> _Command:
        groups: dict[str, list[Setting]] = {}
        for setting in settings():
            is_in_group = not only or setting.group in only
            if (is_in_group and setting.name not in but) or setting.name in also:
                groups.setdefault(setting.group, []).append(setting)
        for title, members in reversed(groups.items()):  # they apply from the last upwards
            function = cloup.option_group(title, *map(_flag, members))(function)
        return function

    return decorate


def given(flags: Mapping[str, object]) -> dict[str, object]:
    """Those that were on the command line."""
    return {name: value for name, value in flags.items() if value not in (None, ())}


def in_use(options: Options, flags: Mapping[str, object]) -> Options:
    """The options of a run, if all of its flags do something in it.

    Raises:
        UsageError: one does nothing.
    """
    if found := unused(options, given(flags)):
        setting, why = found
        raise UsageError(f"{setting.flag}: {why}")
    return options


def _flag(setting: Setting) -> Callable[[_Command], _Command]:
    # All take text: ``resolve`` reads it, as it does what comes from files and variables.
    if isinstance(setting.kind, Switch):
        return cloup.option(
            setting.flag, setting.name, is_flag=True, default=None, help=setting.help
        )
    return cloup.option(
        setting.flag,
        setting.name,
        type=str,
        metavar=setting.kind.metavar,
        multiple=isinstance(setting.default, tuple),
        help=_help(setting),
    )


def _help(setting: Setting) -> str:
    default = "" if setting.default in (None, (), "") else f"default {setting.default}"
    notes = "; ".join(filter(None, (default, setting.kind.brief)))
    return f"{setting.help}  [{notes}]" if notes else setting.help
