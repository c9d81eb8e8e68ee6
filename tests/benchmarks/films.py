"""Long film-like clips for measuring speed, made once and kept in a folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import av

from tests.backdrops import cuts, footage, grain
from tests.clips import Clip, Style, Text, render
from tests.encoding import Encoding
from vidocr.model import US_PER_S, Cue

FPS = 25
CUE_EVERY_S = 4  # 15 cues a minute
SCENE_S = 5.3
MASTER_MINUTES = 1  # what is rendered; longer films are that over and over
BITRATES = {
    (720, "h264"): "3500k",
    (1080, "h264"): "7000k",
    (1080, "hevc"): "4500k",
    (2160, "h264"): "20000k",
}
KINDS = tuple(f"{height}-{codec}" for height, codec in BITRATES)

WHO = (
    "The old captain", "My sister", "Nobody in town", "Her lawyer", "A quiet stranger",
    "The whole family", "Your neighbour", "That young doctor", "The night guard", "Our driver",
)  # fmt: skip
DID = (
    "left the keys", "heard the news", "bought a boat", "wrote a long letter", "saw the smoke",
    "asked about you", "found the map", "broke the window", "kept the secret", "paid the bill",
    "lost the dog",
)  # fmt: skip
WHEN = (
    "before dawn", "on Monday", "by the river", "without a word", "behind the house",
    "last winter", "after the storm", "in the kitchen", "near the bridge", "at midnight",
    "during the war", "for the children", "on the way home",
)  # fmt: skip


def film(kind: str, minutes: float) -> Clip:
    """Drifting scenes with grain and cuts, a sentence every four seconds."""
    height, codec = int(kind.split("-")[0]), kind.split("-")[1]
    count = int(minutes * 60 / CUE_EVERY_S)
    rate = {"preset": "medium", "b": BITRATES[height, codec]}
    return Clip(
        (height * 16 // 9, height),
        minutes * 60,
        cuts(SCENE_S, lambda seed: grain(footage(seed), 3.0)),
        tuple(_text(number) for number in range(count)),
        encoding=Encoding("libx264", options=rate | {"bf": "3", "threads": "2"})
        if codec == "h264"
        else Encoding("libx265", options=rate | {"x265-params": "log-level=none:pools=2"}),
    )


def make_film(kind: str, minutes: int, folder: Path) -> tuple[Path, list[Cue]]:
    """The clip and its truth, made unless the folder holds them already."""
    master, path = (folder / f"{kind}-{length}.mp4" for length in (MASTER_MINUTES, minutes))
    notes = master.with_suffix(".json")
    if not notes.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _save_truth(render(film(kind, MASTER_MINUTES), master), notes)
    if not path.exists():
        repeat(master, minutes // MASTER_MINUTES, path)
    step_us = MASTER_MINUTES * 60 * US_PER_S
    once = read_truth(notes)
    return path, [
        replace(cue, start_us=cue.start_us + turn * step_us, end_us=cue.end_us + turn * step_us)
        for turn in range(minutes // MASTER_MINUTES)
        for cue in once
    ]


def read_truth(path: Path) -> list[Cue]:
    """The cues that ``make_film`` wrote down."""
    entries = json.loads(path.read_text("utf-8"))
    return [Cue(e["start_us"], e["end_us"], tuple(e["text"].split("\n"))) for e in entries]


def repeat(source: Path, times: int, target: Path) -> None:
    """The same film ``times`` times in one file, copied packet by packet."""
    with av.open(str(target), "w") as out:
        stream = None
        shift = 0
        for _ in range(times):
            with av.open(str(source)) as film_in:
                video = film_in.streams.video[0]
                stream = stream or out.add_stream_from_template(video)
                for packet in film_in.demux(video):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = stream
                    out.mux_one(packet)
                shift += video.duration or 0


def _text(number: int) -> Text:
    start = CUE_EVERY_S * FPS * number + 5 + number * 7 % 11
    length = 2 * FPS + number * 17 % (3 * FPS // 2)
    who, did, when = (parts[number % len(parts)] for parts in (WHO, DID, WHEN))
    joint = "\n" if number % 3 == 0 else " "
    return Text(start, start + length, f"{who} {did}{joint}{when}.", Style(size=0.052))


def _save_truth(cues: Sequence[Cue], path: Path) -> None:
    entries = [{"start_us": c.start_us, "end_us": c.end_us, "text": c.text} for c in cues]
    path.write_text(json.dumps(entries, indent=1), "utf-8")
