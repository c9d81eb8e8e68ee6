"""What a score tells: all figures for machines, a summary and a line a wrong cue for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from vidocr.scoring.cues import Entry
from vidocr.scoring.pairing import Pair
from vidocr.scoring.score import Comparison, Score
from vidocr.scoring.timing import Slip, Spread, spread

_SIZES = ("median", "p95", "max")
_FAULTS = ("duplicates", "splits", "invented", "merged", "missed")


class Row(NamedTuple):
    """A cue, or a pair of them, and all that is wrong with it; nothing is, without ``wrong``."""

    wrong: tuple[str, ...]
    truth: Entry | None
    found: Entry | None
    pair: Pair | None

    @property
    def badness(self) -> tuple[float, float]:
        """Characters to edit, then the larger error of time: the more, the worse."""
        if self.pair is None:
            cue = self.truth or self.found
            return (max(1, len(cue.text.loose)) if cue else 0, 0)
        return self.pair.edits, max(abs(self.pair.start.us), abs(self.pair.end.us))

    @property
    def start_us(self) -> int:
        """Where it stands in the film."""
        return min(cue.start_us for cue in (self.truth, self.found) if cue)


def figures(score: Score) -> dict[str, Any]:
    """All figures: shares and rates as fractions of 1 but SubER, None where there are none."""
    return {
        "truth": score.truth,
        "found": score.found,
        "hits": score.hits,
        "precision": _round(score.precision),
        "recall": _round(score.recall),
        "f1": _round(score.f1),
        "cer": _round(score.cer) if score.characters else None,
        "wer": _round(score.wer) if score.words else None,
        "characters": score.characters,
        "edits": score.edits,
        "words": score.words,
        "word_edits": score.word_edits,
        "exact": _round(score.exact),
        "exact_cues": score.exact_cues,
        "start": _timing(score.starts, score.starts_near),
        "end": _timing(score.ends, score.ends_near),
        "duplicates": score.duplicates,
        "splits": score.splits,
        "merges": score.merges,
        "missed": score.missed,
        "invented": score.invented,
        "msr_cer": _round(score.msr_cer),
        "suber": _round(score.suber) if score.suber_tokens else None,
    }


def as_json(compared: Comparison) -> dict[str, Any]:
    """The figures, the pairs and the faults; cues by their numbers from 0."""
    faults = {name: list(getattr(compared.faults, name)) for name in _FAULTS}
    return {
        "figures": figures(compared.score),
        "pairs": [
            {
                "truth": pair.truth,
                "found": pair.found,
                "hit": pair.is_hit,
                "iou": _round(pair.iou),
                "cer": _round(pair.cer),
                "edits": pair.edits,
                "exact": pair.is_exact,
                "start_error_ms": pair.start.us / 1000,
                "end_error_ms": pair.end.us / 1000,
                "start_error_frames": _round(pair.start.frames),
                "end_error_frames": _round(pair.end.frames),
            }
            for pair in compared.pairs
        ],
        **faults,
    }


def rows(compared: Comparison) -> list[Row]:
    """All cues, in the order of the film."""
    truth, found, faults = compared.truth, compared.found, compared.faults
    told = [Row(_wrong(p), truth[p.truth], found[p.found], p) for p in compared.pairs]
    for name, numbers in (("missed", faults.missed), ("merged", faults.merged)):
        told += [Row((name,), truth[number], None, None) for number in numbers]
    for name, numbers in (
        ("duplicate", faults.duplicates),
        ("split", faults.splits),
        ("invented", faults.invented),
    ):
        told += [Row((name,), None, found[number], None) for number in numbers]
    return sorted(told, key=lambda row: row.start_us)


def facts(score: Score) -> list[tuple[str, list[str]]]:
    """The figures for a person: what they are of, and each with its name."""
    has_frames = any(slip.frames is not None for slip in score.starts)
    text = [f"CER {percent(score.cer)}", f"WER {percent(score.wer)}"] if score.characters else []
    suber = [f"SubER {percent(score.suber / 100)}"] if score.suber_tokens else []
    return [
        ("cues", [f"F1 {score.f1:.3f}", *_cue_facts(score)]),
        *([("text", [*text, f"exact {percent(score.exact)} of cues"])] if text else []),
        ("start", _time_facts(score.starts, score.starts_near)),
        ("end", _time_facts(score.ends, score.ends_near)),
        *([("frames", ["not known; give --fps"])] if score.hits and not has_frames else []),
        ("faults", _fault_facts(score)),
        ("others", [*suber, f"MSR {percent(score.msr_cer)}"]),
    ]


def summary(score: Score) -> Iterator[str]:
    """The facts, a line for each, those of times one below the other."""
    told = facts(score)
    timed = [parts for name, parts in told if name in ("start", "end")]
    widths = [max(map(len, column)) for column in zip(*timed, strict=False)]
    for name, parts in told:
        if parts in timed:
            parts = [part.ljust(width) for part, width in zip(parts, widths, strict=False)]
        yield f"{name:<9}{'   '.join(parts)}".rstrip()


def wrong_lines(compared: Comparison) -> Iterator[str]:
    """A line for each cue that is wrong, in the order of the film."""
    for row in rows(compared):
        if row.wrong:
            yield f"{', '.join(row.wrong):<17} {times(row)}  {_texts(row)}{_lateness(row)}"


def times(row: Row) -> str:
    """From when to when, in the truth where the cue is there."""
    cue = row.truth or row.found
    return f"{clock(cue.start_us)}-{clock(cue.end_us)}" if cue else ""


def clock(time_us: int) -> str:
    """``0:04.160`` or ``1:02:03.000``."""
    minutes, ms = divmod(round(time_us / 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{ms // 1000:02}.{ms % 1000:03}"
    return f"{hours}:{minutes:02}:{seconds}" if hours else f"{minutes}:{seconds}"


def lateness(slip: Slip) -> str:
    """``+40 ms (+1.0 frames)``; nothing where it is right."""
    if not slip.us:
        return ""
    frames = "" if slip.frames is None else f" ({slip.frames:+.1f} frames)"
    return f"{slip.us / 1000:+.0f} ms{frames}"


def percent(share: float) -> str:
    """A share of 1 in per cent."""
    return f"{100 * share:.2f} %"


def _wrong(pair: Pair) -> tuple[str, ...]:
    text = ("misread",) if pair.edits else () if pair.is_exact else ("not exact",)
    # Where frames are not known, any error of time is worth telling.
    late = any(slip.near is False or (slip.near is None and slip.us) for slip in _slips(pair))
    return (*text, *(("mistimed",) if late else ()))


def _slips(pair: Pair) -> tuple[Slip, Slip]:
    return pair.start, pair.end


def _texts(row: Row) -> str:
    texts = [repr(cue.text.strict) for cue in (row.truth, row.found) if cue]
    return " read as ".join(dict.fromkeys(texts))


def _lateness(row: Row) -> str:
    if row.pair is None or "mistimed" not in row.wrong:
        return ""
    names = zip(("start", "end"), map(lateness, _slips(row.pair)), strict=True)
    return "".join(f"; {name} {told}" for name, told in names if told)


def _cue_facts(score: Score) -> list[str]:
    return [
        f"precision {score.precision:.3f}",
        f"recall {score.recall:.3f}",
        f"{score.hits} of {score.truth} hit, {score.found} found",
    ]


def _fault_facts(score: Score) -> list[str]:
    return [
        f"{score.missed} missed",
        f"{score.invented} invented",
        _count(score.duplicates, "duplicate"),
        _count(score.splits, "split"),
        _count(score.merges, "merge"),
    ]


def _time_facts(slips: Sequence[Slip], near: float) -> list[str]:
    in_ms, in_frames = _in_ms(slips), _in_frames(slips)
    if in_ms is None:
        return ["no hit to time"]
    told = [f"{name} {getattr(in_ms, name):.0f} ms" for name in _SIZES]
    if in_frames is None:
        return told
    in_both = zip(told, _SIZES, strict=True)
    return [
        *(f"{each}, {getattr(in_frames, name):.1f} fr" for each, name in in_both),
        f"{percent(near)} within a frame",
    ]


def _timing(slips: Sequence[Slip], near: float) -> dict[str, float | None]:
    in_ms, in_frames = _in_ms(slips), _in_frames(slips)
    return {
        **{f"{name}_ms": _round(getattr(in_ms, name, None)) for name in Spread._fields},
        **{f"{name}_frames": _round(getattr(in_frames, name, None)) for name in Spread._fields},
        "within_one_frame": _round(near) if in_frames else None,
    }


def _in_ms(slips: Sequence[Slip]) -> Spread | None:
    return spread([slip.us / 1000 for slip in slips])


def _in_frames(slips: Sequence[Slip]) -> Spread | None:
    return spread([slip.frames for slip in slips if slip.frames is not None])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
