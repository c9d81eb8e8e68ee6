"""How followed lines that share a row stand to each other."""

from __future__ import annotations

from vidocr.model import Luma
from vidocr.stages.lines import MIN_FRAMES, FollowedLine

_APART = 0.4  # line heights between lines on one row; more than between words
_BACK = 0.85  # SSIM's structure term of a line that is there, in every window
_SAME_END = 0.25  # line heights by which the ends of one line may differ


def is_apart(line: FollowedLine, other: FollowedLine) -> bool:
    """Whether two lines on one row came at different times, and a gap parts them."""
    gap = -line.box.overlap(other.box)[0]
    return gap > _APART * line.box.height and abs(line.first - other.first) >= MIN_FRAMES


def is_part(clipped: FollowedLine, line: FollowedLine) -> bool:
    """Whether ``clipped`` was detected too narrow, and ``line`` is the whole of it."""
    height = line.box.height
    within = (
        clipped.box.x0 > line.box.x0 - height
        and clipped.box.x1 < line.box.x1 + height
        and clipped.box.overlap(line.box)[1] > 0.5 * height
    )
    return within and line.box.width > clipped.box.width + 0.6 * height


def goes_on(before: FollowedLine, line: FollowedLine, first: int) -> bool:
    """Whether ``line`` has the ends of one that left by frame ``first``."""
    a, b = before.box, line.box
    apart = max(abs(a.x0 - b.x0), abs(a.x1 - b.x1), abs(a.y_centre - b.y_centre))
    return before.end is not None and before.end <= first and apart < _SAME_END * b.height


def is_back(line: FollowedLine, covered: Luma, now: Luma) -> bool:
    """Whether all of a line stands ``now``, and did not while it was ``covered``."""
    before, after = line.template.match(covered), line.template.match(now)
    return before.weakest < _BACK <= min(after.structure, after.weakest)
