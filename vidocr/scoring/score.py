"""The score of a track: counts that add up over films, and the rates that follow from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from vidocr.scoring.cues import Entry, Timed, entry
from vidocr.scoring.faults import Faults, faults
from vidocr.scoring.msr import msr
from vidocr.scoring.pairing import Pair, paired
from vidocr.scoring.suber import suber
from vidocr.scoring.timing import Frames, Slip

_US_PER_S = 1_000_000


@dataclass(frozen=True, slots=True)
class Score:
    """Counts that add up over films, and the rates that follow from them.

    Attributes:
        truth: Cues of the truth.
        found: Cues that were found.
        hits: Pairs that agree well enough in time and text, see ``pairing``.
        exact_cues: Pairs whose texts are equal but for white space.
        characters: Those of the truth.
        edits: Characters to edit: of pairs what differs, of missed cues all as deletions, of found
            cues without a pair all as insertions.
        words: Those of the truth.
        word_edits: As ``edits``, in words.
        duplicates: These and the next four are faults, see ``faults``.
        splits: Found cues that tell what another one should have told, too.
        merges: Cues of the truth that another one's found cue tells, too.
        missed: Cues of the truth of which there is nothing.
        invented: Found cues that tell nothing that is there.
        starts: How late each hit starts.
        ends: How late each hit ends.
        msr_total: Sum of the MSR challenge's numbers, see ``msr``.
        msr_numbers: How many these are.
        suber_edits: Edits and shifts of SubER, see ``suber``.
        suber_tokens: Words and breaks of the truth.
    """

    truth: int = 0
    found: int = 0
    hits: int = 0
    exact_cues: int = 0
    characters: int = 0
    edits: int = 0
    words: int = 0
    word_edits: int = 0
    duplicates: int = 0
    splits: int = 0
    merges: int = 0
    missed: int = 0
    invented: int = 0
    starts: tuple[Slip, ...] = ()
    ends: tuple[Slip, ...] = ()
    msr_total: float = 0.0
    msr_numbers: int = 0
    suber_edits: int = 0
    suber_tokens: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def precision(self) -> float:
        """Share of the found cues that are hits; 1 where there are none to find and none found."""
        return self.hits / self.found if self.found else float(not self.truth)

    @property
    def recall(self) -> float:
        """Share of the truth's cues that are hits; 1 where there are none."""
        return self.hits / self.truth if self.truth else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 where there is nothing to find or say."""
        cues = self.truth + self.found
        return 2 * self.hits / cues if cues else 1.0

    @property
    def cer(self) -> float:
        """Edits per character of the truth."""
        return self.edits / max(1, self.characters)

    @property
    def wer(self) -> float:
        """Edited words per word of the truth."""
        return self.word_edits / max(1, self.words)

    @property
    def exact(self) -> float:
        """Share of the truth's cues whose text is exactly equal but for white space."""
        return self.exact_cues / self.truth if self.truth else 1.0

    @property
    def starts_near(self) -> float:
        """Share of hits that start within one frame of the truth; 1 without hits."""
        return _near(self.starts)

    @property
    def ends_near(self) -> float:
        """Share of hits that end within one frame of the truth; 1 without hits."""
        return _near(self.ends)

    @property
    def msr_cer(self) -> float:
        """The MSR challenge's mean error rate, lower is better."""
        return self.msr_total / max(1, self.msr_numbers)

    @property
    def suber(self) -> float:
        """Subtitle edit rate in per cent, lower is better."""
        return 100 * self.suber_edits / max(1, self.suber_tokens)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The score, and the cues that it comes from: pairs and faults name them by their numbers."""

    score: Score
    truth: tuple[Entry, ...]
    found: tuple[Entry, ...]
    pairs: tuple[Pair, ...]
    faults: Faults


def score(truth: Sequence[Timed], found: Sequence[Timed], frame_us: float | None = 40_000) -> Score:
    """How well ``found`` matches ``truth``, where a frame lasts ``frame_us``."""
    return compare(truth, found, Frames(frame_us)).score


def compare(truth: Sequence[Timed], found: Sequence[Timed], frames: Frames) -> Comparison:
    """How well ``found`` matches ``truth``, and where it doesn't.

    Args:
        truth: Cues whose text is not blank, in any order; a ``TruthCue`` may have fades.
        found: Likewise.
        frames: When frames start, for errors in frames.
    """
    right, said = tuple(map(entry, truth)), tuple(map(entry, found))
    pairs = tuple(paired(right, said, frames))
    wrong = faults(right, said, pairs)
    hits = [pair for pair in pairs if pair.is_hit]
    numbers, rate = msr(right, said), suber(truth, found)
    alone = [
        *_unpaired(right, {p.truth for p in pairs}),
        *_unpaired(said, {p.found for p in pairs}),
    ]
    result = Score(
        truth=len(right),
        found=len(said),
        hits=len(hits),
        exact_cues=sum(pair.is_exact for pair in pairs),
        characters=sum(len(each.text.loose) for each in right),
        edits=sum(p.edits for p in pairs) + sum(len(each.text.loose) for each in alone),
        words=sum(len(each.text.words) for each in right),
        word_edits=sum(p.word_edits for p in pairs) + sum(len(each.text.words) for each in alone),
        duplicates=len(wrong.duplicates),
        splits=len(wrong.splits),
        merges=len(wrong.merged),
        missed=len(wrong.missed),
        invented=len(wrong.invented),
        starts=tuple(pair.start for pair in hits),
        ends=tuple(pair.end for pair in hits),
        msr_total=numbers.total,
        msr_numbers=numbers.numbers,
        suber_edits=rate.edits,
        suber_tokens=rate.tokens,
    )
    return Comparison(result, right, said, pairs, wrong)


def complaints(truth: Sequence[Timed], found: Sequence[Timed]) -> list[str]:
    """One line for each cue that is no hit (- of the truth, + found) or is read otherwise (~)."""
    compared = compare(truth, found, Frames())
    hits = [pair for pair in compared.pairs if pair.is_hit]
    return [
        *(f"- {_told(cue)}" for cue in _unpaired(compared.truth, {p.truth for p in hits})),
        *(f"+ {_told(cue)}" for cue in _unpaired(compared.found, {p.found for p in hits})),
        *(
            f"~ {_told(compared.truth[p.truth])} read as {compared.found[p.found].text.loose!r}"
            for p in hits
            if p.edits
        ),
    ]


def _unpaired(entries: Sequence[Entry], used: set[int]) -> Iterator[Entry]:
    return (each for number, each in enumerate(entries) if number not in used)


def _told(cue: Entry) -> str:
    start_s, end_s = cue.start_us / _US_PER_S, cue.end_us / _US_PER_S
    return f"{start_s:.3f}-{end_s:.3f} {cue.text.loose!r}"


def _near(slips: Sequence[Slip]) -> float:
    return sum(slip.near is True for slip in slips) / len(slips) if slips else 1.0
