"""What a batch tells of itself while it runs."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol


class Ended(NamedTuple):
    """A film that is done, failed or ignored, or that is to be tried again.

    ``how`` is one of these: ``done``, ``failed``, ``ignored``, ``again``.
    """

    film: str
    how: str
    error: str
    figures: dict[str, Any]


class Totals(NamedTuple):
    """How far the whole is. Sizes are bytes of film."""

    ended: int
    failed: int
    films: int
    left_bytes: int

    def after(self, how: str, size: int) -> Totals:
        """How far it is when a film of that size has ended so."""
        if how == "again":
            return self
        return Totals(
            self.ended + (how != "ignored"),
            self.failed + (how == "failed"),
            self.films - (how == "ignored"),
            max(0, self.left_bytes - size),
        )


class Board(Protocol):
    """Is told how a batch goes."""

    def begin(self, totals: Totals) -> None:
        """The films are known."""
        ...

    def film_begins(self, film: str) -> None:
        """A film is read from now on."""
        ...

    def advance(self, film: str, done_us: int, total_us: int | None) -> None:
        """So much of a film is read."""
        ...

    def film_ends(self, ended: Ended, totals: Totals) -> None:
        """A film is read no more."""
        ...

    def finish(self) -> None:
        """The batch is over, well or not; may be called again."""
        ...
