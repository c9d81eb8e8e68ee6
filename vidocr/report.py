"""What a run over a film did, beside its cues: counts, what was rejected, what was seen."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from vidocr.model import Box, Cue, Region, SubtitleStream, VideoInfo


@dataclass(frozen=True, slots=True)
class Reject:
    """Text that was found and is no subtitle, and why; ``box`` in px of the picture.

    ``text`` is empty where nothing was read, ``picture`` a JPEG of it, if pictures were asked for.
    """

    reason: str
    start_us: int
    end_us: int
    text: str
    box: Box
    picture: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What looks like text in a still of the film, where neither a cue nor a reject stands.

    ``box`` in px of the picture; ``picture`` is a JPEG of it, if pictures were asked for.
    """

    time_us: int
    box: Box
    picture: bytes = field(default=b"", repr=False, compare=False)


_COUNTS = (
    "detect_calls",
    "spans",
    "lines_read",
    "ocr_calls",
    "model_calls",
    "disagreements",
    "second_looks",
)


@dataclass(slots=True)
class Report:
    """What a run did. Its figures are complete once the last cue was taken.

    ``ocr_calls`` counts how often lines were given to be read, those of one cue together,
    ``lines_read`` how many they were, ``model_calls`` pictures that a vision-language model was
    asked about, ``disagreements`` lines that it read otherwise than the engine did,
    ``second_looks`` lines that it had to bear out. ``partial`` holds what could be read of a
    film before an engine failed on it. ``jobs_why`` says why there was one job where more were
    wanted.

    ``starts_us`` holds when each decoded frame begins, in order. ``rejects`` are the lines that
    ``rejected`` counts. ``glimpses`` were seen in the stills of the scan and of the audit, and
    nothing came of them.

    ``ends_early`` says that frames which the container promises are missing at the end, as of a
    file that was cut off.

    ``decoder`` is ``software`` or the name of a device, ``decoder_why`` says why it is software
    though a device was asked for. ``skipped_frames`` were left out on purpose: for that, times
    may be up to ``late_us`` too late and ``early_us`` too early.
    """

    video: VideoInfo | None = None
    engine: str = ""
    engine_why: str = ""
    decoder: str = ""
    decoder_why: str = ""
    frames: int = 0
    skipped_frames: int = 0
    late_us: int = 0
    early_us: int = 0
    film_us: int = 0
    damaged_packets: int = 0
    corrupt_frames: int = 0
    pts_gaps: int = 0
    ends_early: bool = False
    regions: tuple[Region, ...] = ()
    detect_calls: int = 0
    spans: int = 0
    lines_read: int = 0
    ocr_calls: int = 0
    model_calls: int = 0
    disagreements: int = 0
    second_looks: int = 0
    cues: int = 0
    jobs_why: str = ""
    rejected: dict[str, int] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list, repr=False)
    glimpses: list[Glimpse] = field(default_factory=list, repr=False)
    starts_us: array[int] = field(default_factory=lambda: array("q"), repr=False)
    elapsed_s: dict[str, float] = field(default_factory=dict)
    subtitle_streams: tuple[SubtitleStream, ...] = ()
    partial: tuple[Cue, ...] = ()

    def add(self, other: Report) -> None:
        """Add what another one counted of the same film."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for reason, count in other.rejected.items():
            self.reject(reason, count)
        self.rejects += other.rejects

    def reject(self, reason: str, count: int = 1) -> None:
        """Count text that was found and is not a subtitle, by reason."""
        if count:
            self.rejected[reason] = self.rejected.get(reason, 0) + count
