"""All that is said in a film as it is to be translated, and its translations as they come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from vidocr.model import US_PER_S, Cue
from vidocr.translation.glossary import Glossary, missed
from vidocr.translation.languages import same
from vidocr.translation.memory import Line, Version
from vidocr.translation.model import Neighbour, Request, Term
from vidocr.translation.scenes import scenes
from vidocr.translation.speech import says_something, text_of

_LONGEST_SCENE = 48  # cues: a film without silences has to be translated in parallel, too


@dataclass(frozen=True, slots=True)
class Wishes:
    """How cues are to be translated.

    Attributes:
        source: their language where a cue doesn't tell its own; None if it isn't known.
        max_cps: characters a second that can be read, above 0; 0 (the default) for no limit.
        scene_gap_s: silence that parts two scenes; 3 by default, 0 or more.
        before: lines before a cue that a translator is told; 8 by default, 0 or more.
        after: lines after it; 2 by default, 0 or more.
    """

    source: str | None = None
    max_cps: float = 0.0
    scene_gap_s: float = 3.0
    before: int = 8
    after: int = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A cue as it is translated.

    ``line`` is what the memory knows it by. ``most`` is how many characters can be read in its
    time, 0 for any number.
    """

    line: Line
    most: int
    pictures: tuple[bytes, ...] = field(repr=False)

    def lacking(self, text: str) -> tuple[tuple[Term, ...], int]:
        """Terms that a translation lacks, and by how many characters it is too long."""
        over = max(0, length(text) - self.most) if self.most else 0
        return missed(self.line.terms, text), over

    def best(self, versions: Sequence[Version]) -> Version:
        """The version that lacks least; of equals the first."""

        def faults(version: Version) -> tuple[int, int]:
            terms, over = self.lacking(version.text)
            return len(terms), over

        return min(versions, key=faults)

    def wanted(self, versions: Sequence[Version]) -> tuple[bool, int]:
        """Whether a version has to be asked for that heeds the terms, and how short it is to be.

        A false and a zero where the best is good, or what it lacks was demanded before.
        """
        terms, over = self.lacking(self.best(versions).text)
        is_firm = bool(terms) and not any(version.is_firm for version in versions)
        is_long = bool(over) and not any(0 < version.most <= self.most for version in versions)
        return is_firm, self.most if is_long else 0


class Script:
    """The pieces of a film in their scenes, and what was translated of them.

    Args:
        cues: of the film.
        target: the language to translate to.
        wishes: how.
        glossary: of the user.
        translator: its identity.
    """

    def __init__(
        self, cues: Sequence[Cue], target: str, wishes: Wishes, glossary: Glossary, translator: str
    ) -> None:
        self._wishes = wishes
        self.texts: dict[int, str] = {}  # translations by the numbers of cues
        self.scenes = scenes(cues, round(wishes.scene_gap_s * US_PER_S), _LONGEST_SCENE)
        self._places = {
            number: (scene, place)
            for scene, numbers in enumerate(self.scenes)
            for place, number in enumerate(numbers)
        }
        said = [text_of((cue.source or cue).lines) for cue in cues]
        self.pieces: list[Piece] = []
        for number, cue in enumerate(cues):
            scene, place = self._places[number]
            before = said[self.scenes[scene][place - 1]] if place else ""
            language = cue.language or wishes.source
            terms = glossary.occurring(said[number])
            line = Line(said[number], before, language, target, translator, terms)
            most = max(1, (cue.end_us - cue.start_us) * wishes.max_cps // US_PER_S)
            limit = int(most) if wishes.max_cps else 0
            self.pieces.append(Piece(line, limit, cue.proof.pictures))
            if cue.source:
                self.texts[number] = text_of(cue.lines)
        self.todo = [number for number, cue in enumerate(cues) if self._is_due(number, cue)]

    def _is_due(self, number: int, cue: Cue) -> bool:
        line = self.pieces[number].line
        return (
            cue.source is None and not same(line.source, line.target) and says_something(line.text)
        )

    def requests(self, numbers: Sequence[int]) -> list[Request]:
        """What to ask for these cues in one call, which are in the order of their scenes."""
        requests = []
        for earlier, number, later in zip(
            [None, *numbers[:-1]], numbers, [*numbers[1:], None], strict=True
        ):
            scene, place = self._places[number]
            first, last = place - self._wishes.before, place + 1 + self._wishes.after
            if earlier is not None and self._places[earlier][0] == scene:
                first = max(first, self._places[earlier][1] + 1)
            if later is not None and self._places[later][0] == scene:
                last = min(last, self._places[later][1])
            piece, line = self.pieces[number], self.pieces[number].line
            requests.append(
                Request(
                    line.text,
                    line.target,
                    line.source,
                    before=self._neighbours(scene, max(0, first), place),
                    after=self._neighbours(scene, place + 1, last),
                    terms=line.terms,
                    max_characters=piece.most,
                    pictures=piece.pictures,
                )
            )
        return requests

    def _neighbours(self, scene: int, first: int, last: int) -> tuple[Neighbour, ...]:
        return tuple(
            Neighbour(self.pieces[number].line.text, self.texts.get(number, ""))
            for number in self.scenes[scene][first:last]
            if self.pieces[number].line.text
        )


def length(text: str) -> int:
    """Characters to read."""
    return len(text.replace("\n", ""))
