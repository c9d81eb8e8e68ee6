"""What the page tells, as plain values that become JSON."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from vidocr.evidence.coverage import Sight, gaps_of, is_likely, quiet_of, sights_of, where
from vidocr.evidence.doubts import DOUBTFUL, SHORT_US, Doubt, Gap, doubts_of, total
from vidocr.messages import ENDS_EARLY, count, duration, printable
from vidocr.model import US_PER_S, Box, Cue, VideoInfo
from vidocr.report import Report

Json = dict[str, Any]

_MOST_SIGHTS = 400  # of one reason; those that were seen longest
_MOST_TIMES = 400
_BIDI = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_REASONS = {
    "": ("Seen in stills alone", "Now and then whole pictures are searched. This looks like text, "
         "and nothing came of it: a sign or a logo, or subtitles outside of the places that were "
         "followed (--region names one)."),
    "nothing read": ("Nothing could be read", "It looks like a line of text and stood still."),
    "unsure": ("Read with too little confidence", "--min-confidence sets how much is enough."),
    "not confirmed": ("Not borne out", "The model read it otherwise in a second picture."),
    "place": ("Stands where subtitles do not", "--region and --min-support decide on places."),
    "static": ("Never leaves", "Logos and the like; --static-share sets how long is too long."),
    "slide": ("Part of a slide", "Text that always stands while subtitles come and go."),
    "counter": ("Counts", "Clocks and page numbers."),
    "lying": ("Lies on its side", "Columns of Chinese and Japanese were sought there."),
    "print": ("Print that subtitles cover in part", "Of a page, a letter or a screen."),
    "too short": ("Too short", "--min-duration-ms sets what is long enough."),
    "moving": ("Moves", "Tickers, credits, text of the scene; it is not read."),
}  # fmt: skip


def facts(cues: Sequence[Cue], report: Report, film: VideoInfo) -> Json:
    """All that the page tells. Times in microseconds, boxes as (x0, y0, x1, y1) of the picture.

    Args:
        cues: by time.
        report: of the run that found them.
        film: whose they are.
    """
    begin_us = report.starts_us[0] if report.starts_us else 0
    last_us = max((cue.end_us for cue in cues), default=0)
    end_us = max(begin_us + report.film_us, last_us, begin_us + 1)
    gaps = gaps_of(report.starts_us, report.skipped_frames)
    sights = sights_of(report.rejects, report.glimpses)
    doubts = doubts_of(cues, film, gaps)
    return {
        "name": film_name(film),
        "size": [film.width, film.height],
        "span": [begin_us, end_us],
        "doubtful": DOUBTFUL,
        "short": SHORT_US,
        "cues": [_cue(*each) for each in zip(cues, doubts, strict=True)],
        "regions": [
            _rounded(Box(region.x, region.y, region.x + region.width, region.y + region.height))
            for region in report.regions
        ],
        "gaps": [list(gap) for gap in gaps],
        "reasons": _reasons(sights, film),
        "quiet": [
            [each.start_us, each.end_us, each.sights]
            for each in quiet_of(cues, sights, begin_us, end_us)
        ],
        "run": [list(fact) for fact in _run(report, film, gaps)],
    }


def film_name(film: VideoInfo) -> str:
    """The film's name, on one line and in one direction."""
    return _BIDI.sub(lambda found: f"\\u{ord(found[0]):04x}", printable(film.path.name))


def _cue(cue: Cue, doubts: tuple[Doubt, ...]) -> Json:
    proof, source = cue.proof, cue.source
    told = {
        "start": cue.start_us,
        "end": cue.end_us,
        "lines": cue.lines,
        "position": cue.position.value,
        "confidence": round(cue.confidence, 3),
        "bad": round(total(doubts), 3),
        "frames": proof.frames,
        "language": cue.language,
        "engine": proof.engine,
        "others": proof.alternatives,
        "boxes": [[round(edge, 4) for edge in box] for box in proof.boxes or (cue.place,)],
        "pictures": [_base64(picture) for picture in proof.pictures],
        "source": source
        and {"lines": source.lines, "language": source.language, "by": source.translator},
        "changes": [list(change) for change in cue.changes],
        "flags": cue.flags,
        "doubts": [[doubt.kind, doubt.text] for doubt in doubts if doubt.kind != "flag"],
    }
    return {name: value for name, value in told.items() if value not in (None, "", (), [])}


def _reasons(sights: Sequence[Sight], film: VideoInfo) -> list[Json]:
    """Sights by reason; first those that are most likely to be subtitles."""
    by_reason: dict[str, list[Sight]] = defaultdict(list)
    for sight in sights:
        by_reason[sight.reason].append(sight)
    order = {reason: at for at, reason in enumerate(_REASONS)}
    found = []
    for reason in sorted(by_reason, key=lambda each: order.get(each, len(order))):
        title, why = _REASONS.get(reason, (reason.capitalize(), ""))
        of_it = by_reason[reason]
        longest = sorted(of_it, key=_seen_us, reverse=True)[:_MOST_SIGHTS]
        found.append(
            {
                "title": title,
                "why": why,
                "hidden": len(of_it) - len(longest),
                "sights": [
                    _sight(sight, film)
                    for sight in sorted(longest, key=lambda sight: sight.times_us[0])
                ],
            }
        )
    return found


def _seen_us(sight: Sight) -> tuple[int, int]:
    return sum(end - start for start, end in sight.times_us), len(sight.times_us)


def _sight(sight: Sight, film: VideoInfo) -> Json:
    return {
        "text": sight.text,
        "where": where(sight.box, film),
        "box": _rounded(sight.box),
        "count": len(sight.times_us),
        "likely": is_likely(sight),
        "times": sight.times_us[: _MOST_TIMES - 1] + sight.times_us[_MOST_TIMES - 1 :][-1:],
        "pictures": [_base64(picture) for picture in sight.pictures],
    }


def _run(report: Report, film: VideoInfo, gaps: Sequence[Gap]) -> Iterator[tuple[str, str]]:
    """What the run was like, as pairs of a name and a sentence."""
    why = f" ({report.engine_why})" if report.engine_why else ""
    yield "Engine", f"{report.engine}{why}"
    rate = f", {float(film.frame_rate):.3f}".rstrip("0").rstrip(".") if film.frame_rate else ""
    turned = f", turned by {film.rotation_deg}°" if film.rotation_deg else ""
    yield "Picture", f"{film.width} × {film.height} px{rate}{' fps' if rate else ''}{turned}"
    film_s, work_s = report.film_us / US_PER_S, sum(report.elapsed_s.values())
    speed = f" in {duration(work_s)}, {film_s / work_s:.1f}\u00a0× real time" if work_s else ""
    yield "Speed", f"{duration(film_s)} of film{speed}"
    yield "Frames", "; ".join(_frames(report, gaps))
    decoder_why = f" ({report.decoder_why})" if report.decoder_why else ""
    yield "Decoder", f"{report.decoder or 'not told'}{decoder_why}"
    places = [
        f"{r.width} × {r.height} px at {r.x}, {r.y}; lines of {r.line_height:.0f} px"
        for r in report.regions
    ]
    yield "Places", "; ".join(places) or "none found"
    yield (
        "Lines",
        (
            f"{report.spans} followed, {report.lines_read} read "
            f"in {count(report.ocr_calls, 'call')}; {count(report.detect_calls, 'look')} for text"
        ),
    )
    if report.model_calls:
        yield (
            "Model",
            (
                f"asked about {count(report.model_calls, 'picture')}; "
                f"{count(report.disagreements, 'disagreement')}, "
                f"{count(report.second_looks, 'second look')}"
            ),
        )
    if report.subtitle_streams:
        codecs = ", ".join(
            f"{stream.codec} ({stream.language or 'no language told'})"
            for stream in report.subtitle_streams
        )
        yield "In the file, too", f"subtitles as a stream, exact and free of OCR: {codecs}"


def _frames(report: Report, gaps: Sequence[Gap]) -> Iterator[str]:
    yield f"{report.frames} decoded"
    if report.skipped_frames:
        late, early = report.late_us / 1000, report.early_us / 1000
        yield f"{report.skipped_frames} skipped: times up to {late:.0f} ms late, {early:.0f} early"
    if report.corrupt_frames:
        yield f"{report.corrupt_frames} damaged"
    if report.damaged_packets:
        yield count(report.damaged_packets, "damaged packet")
    if report.pts_gaps or gaps:
        yield count(max(report.pts_gaps, len(gaps)), "gap")
    if report.ends_early:
        yield ENDS_EARLY


def _rounded(box: Box) -> list[int]:
    return [round(edge) for edge in box]


def _base64(picture: bytes) -> str:
    return b64encode(picture).decode()
