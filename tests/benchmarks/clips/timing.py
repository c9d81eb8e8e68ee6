"""When the subtitles come and go."""

from __future__ import annotations

from tests.backdrops import footage, grain, landscape
from tests.benchmarks.clips.case import Case, spoken
from tests.clips import Clip, Text
from tests.kinds import CALM, CHINESE, FULL, HOME, MEDIUM, SMALL, TRIP, WORK, row

AGAIN = ("Wait for me.", "Wait for me.", "I am coming.", "Wait for me.", "Wait for me.")
EDGES = (
    Text(0, 50, "It began long ago."),
    Text(80, 130, "Nobody remembers why."),
    Text(160, 225, "And it has not ended yet."),
)
LASTING = (Text(20, 320, "He waited a very long time."), *row(TRIP + CALM[:2], first=330))
BLINKS = tuple(
    Text(start, start + frames, sentence)
    for start, frames, sentence in (
        (10, 40, "Did you see that?"),
        (60, 3, "Look!"),
        (75, 4, "There it is."),
        (95, 5, "Gone again."),
        (112, 3, "No, wait."),
        (130, 40, "It was only a bird."),
        (180, 5, "A bird?"),
    )
)

CASES = (
    Case("time", "fades", FULL["fades"], "5 frames"),
    Case("time", "fades", spoken(CALM, footage(41), fade=12), "12 frames"),
    Case("time", "fades", spoken(TRIP, landscape(2), stand=54, gap=0, fade=8), "back to back"),
    Case("time", "back to back", spoken(WORK, footage(42), gap=0)),
    Case("time", "back to back", spoken(CHINESE, landscape(3), gap=1), "1 frame apart", lang="zh"),
    Case("time", "one glyph", FULL["one glyph"]),
    Case("time", "short cues", FULL["short"], "half a second"),
    Case("time", "short cues", Clip(MEDIUM, 8, landscape(8), BLINKS), "3 to 5 frames"),
    Case("time", "long cue", Clip(SMALL, 26.8, footage(43), LASTING)),
    Case("time", "repeats", spoken(AGAIN, landscape(5), gap=20)),
    Case("time", "repeats", spoken(AGAIN, grain(footage(44)), gap=3), "3 frames apart"),
    Case("time", "edges", Clip(SMALL, 9, footage(45), EDGES)),
    Case(
        "time", "edges", Clip(MEDIUM, 7, landscape(6), row(HOME[:1], first=60, stand=50)), "one cue"
    ),
)
