"""Films with soft subtitles, looked at by the programs of FFmpeg."""

import errno
import json
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
import srt

from tests.films import numbered, packets_of, write_film
from vidocr import tracks
from vidocr.errors import InputError, OutputError, UsageError
from vidocr.model import Box, Cue
from vidocr.muxing import Track, mux
from vidocr.stages.clock import DecodeCounts
from vidocr.stages.media import Media

needs_ffmpeg = pytest.mark.skipif(
    not (shutil.which("ffprobe") and shutil.which("ffmpeg")), reason="ffmpeg is not installed"
)

TOP = Box(0.1, 0.05, 0.9, 0.15)
ENGLISH = [
    Cue(120_000, 1_000_000, ("Hello {x}", "a < b & c")),
    Cue(1_000_000, 1_500_000, ("At the top",), TOP),
    Cue(2_000_000, 2_960_000, ("Last",)),
]
CHINESE = [replace(cue, lines=(f"字幕{n}",)) for n, cue in enumerate(ENGLISH)]
TRACKS = (Track(ENGLISH, "en", "English"), Track(CHINESE, "zh-Hant", "繁體"))
DEMO = Path(__file__).parent.parent / "fixtures/videos/demo.mp4"
LANGUAGES = {"mkv": ["eng", "chi"], "mp4": ["eng", "zho"]}
CODECS = {"mkv": "subrip", "mp4": "mov_text"}


def film(path: Path, start_ms: int = 0, **how: Any) -> Path:
    """Three seconds of numbered pictures and silence, from ``start_ms`` on."""
    times = [start_ms + 40 * i for i in range(75)]
    how = {"sound_ms": (start_ms, start_ms + 3000), "sound_codec": "aac", **how}
    return write_film(path, [numbered(i) for i in range(75)], times_ms=times, **how)


def probed(path: Path) -> list[dict[str, Any]]:
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-show_streams", "-of", "json", path],
        capture_output=True,
        check=True,
    )
    assert not done.stderr
    streams: list[dict[str, Any]] = json.loads(done.stdout)["streams"]
    return streams


def of_type(streams: Sequence[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [stream for stream in streams if stream["codec_type"] == kind]


def extracted(path: Path, number: int, *how: str) -> str:
    """A track as FFmpeg takes it out."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", f"0:s:{number}", *how]
    done = subprocess.run([*command, "-f", "srt", "-"], capture_output=True, check=True)
    assert not done.stderr
    return done.stdout.decode()


def first_picture_us(path: Path) -> int:
    """When the first picture is shown, by the clock that FFmpeg's programs start at 0."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_packets", "-of", "json"]
    done = subprocess.run([*command, "-show_format", path], capture_output=True, check=True)
    said = json.loads(done.stdout)
    first = min(float(packet["pts_time"]) for packet in said["packets"])
    return round((first - float(said["format"]["start_time"])) * 1_000_000)


def first_frame_us(path: Path) -> int:
    """When the first picture is shown, by the clock of the cues."""
    with Media(path) as media:
        return next(media.decode(DecodeCounts())).time_us


def later(cues: Sequence[Cue], by_us: int) -> list[Cue]:
    return [replace(c, start_us=c.start_us + by_us, end_us=c.end_us + by_us) for c in cues]


@needs_ffmpeg
@pytest.mark.parametrize("ending", ["mkv", "mp4"])
@pytest.mark.parametrize(
    ("name", "start_ms"), [("a.mp4", 0), ("a.mp4", 1200), ("a.mkv", 0), ("a.ts", 5000)]
)
def test_a_film_plays_its_tracks(tmp_path: Path, ending: str, name: str, start_ms: int) -> None:
    source = film(tmp_path / name, start_ms)
    target = tmp_path / f"out.{ending}"

    assert mux(source, target, TRACKS) == ()

    streams = probed(target)
    subtitles = of_type(streams, "subtitle")
    assert [each["codec_type"] for each in streams] == ["video", "audio", "subtitle", "subtitle"]
    assert [each["codec_name"] for each in streams[:2]] == ["h264", "aac"]
    assert [each["codec_name"] for each in subtitles] == [CODECS[ending]] * 2
    assert [each["tags"]["language"] for each in subtitles] == LANGUAGES[ending]
    title = "title" if ending == "mkv" else "handler_name"
    assert [each["tags"][title] for each in subtitles] == ["English", "繁體"]
    assert [each["disposition"]["default"] for each in subtitles] == [1, 0]
    # What stands before the first picture, as the encoder's delay of the sound, may count anew.
    shift_us = first_picture_us(target) - first_frame_us(source)
    for number, track in enumerate(TRACKS):
        if ending == "mkv":
            assert extracted(target, number, "-c", "copy") == tracks.render(
                later(track.cues, shift_us), "srt"
            )
        read = list(srt.parse(extracted(target, number)))
        assert [(each.start, each.end) for each in read] == [
            (each.start, each.end)
            for each in srt.parse(tracks.render(later(track.cues, shift_us), "srt"))
        ]
        if ending == "mp4":
            assert [each.content for each in read] == [cue.text for cue in track.cues]


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
@pytest.mark.parametrize("start_ms", [0, 1200])
def test_the_packets_are_the_cues(tmp_path: Path, ending: str, start_ms: int) -> None:
    source = film(tmp_path / "a.mkv", start_ms, sound_codec="flac")
    target = tmp_path / f"out.{ending}"
    mux(source, target, TRACKS)

    said: list[tuple[float, float, str]] = []
    with av.open(str(target)) as copy:
        assert copy.start_time == 0
        stream = copy.streams.subtitles[0]
        assert stream.time_base == Fraction(1, 1000)
        for packet in copy.demux(stream):
            text = bytes(packet) if ending == "mkv" else bytes(packet)[2:]
            if text and packet.pts is not None and packet.duration:  # MP4 fills gaps with blanks
                said.append((packet.pts, packet.pts + packet.duration, text.decode()))
    top = r"{\an8}" if ending == "mkv" else ""
    assert said == [
        (cue.start_us / 1000, cue.end_us / 1000, place + cue.text)
        for cue, place in zip(ENGLISH, ("", top, ""), strict=True)
    ]


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
def test_pictures_are_copied_and_shown_when_they_were(tmp_path: Path, ending: str) -> None:
    source = film(tmp_path / "a.mp4", 1200)
    target = tmp_path / f"out.{ending}"
    mux(source, target, TRACKS)

    assert packets_of(target) == packets_of(source)
    with Media(source) as before, Media(target) as after:
        times = [
            [shot.time_us for shot in media.decode(DecodeCounts())] for media in (before, after)
        ]
        shift_us = times[1][0] - times[0][0]
        assert [time - shift_us for time in times[1]] == pytest.approx(times[0], abs=1000)
        assert [stream.language for stream in after.subtitle_streams] == LANGUAGES[ending]


def test_a_turned_film_stays_turned(tmp_path: Path) -> None:
    source = Path(__file__).parent.parent / "fixtures/videos/turned.mp4"
    mux(source, tmp_path / "out.mkv", TRACKS)

    with av.open(str(source)) as before, av.open(str(tmp_path / "out.mkv")) as after:
        turned = [next(each.decode(video=0)).rotation for each in (before, after)]
    assert turned[0] == turned[1] != 0


@needs_ffmpeg
def test_in_mp4_cues_that_share_a_time_are_shown_in_one(tmp_path: Path) -> None:
    below, above = Cue(0, 1_000_000, ("below",)), Cue(500_000, 1_500_000, ("above",), TOP)
    source = film(tmp_path / "a.mkv", sound_codec="flac")
    mux(source, tmp_path / "out.mp4", [Track([below, above])])
    mux(source, tmp_path / "out.mkv", [Track([below, above])])

    shown = [each.content for each in srt.parse(extracted(tmp_path / "out.mp4", 0))]
    assert shown == ["below", "above\nbelow", "above"]
    assert extracted(tmp_path / "out.mkv", 0, "-c", "copy") == tracks.render([below, above], "srt")


def rich_film(folder: Path) -> Path:
    """With subtitles, chapters, a name, a font and a cover."""
    (folder / "own.srt").write_text(tracks.render([Cue(500_000, 900_000, ("old",))], "srt"))
    (folder / "names.txt").write_text(
        ";FFMETADATA1\ntitle=A film\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1500\ntitle=one\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1500\nEND=3000\ntitle=two\n"
    )
    (folder / "font.ttf").write_bytes(b"not looked at")
    with av.open(str(folder / "cover.jpg"), "w", format="image2") as output:
        stream: Any = output.add_stream("mjpeg", 1)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuvj420p"
        output.mux([*stream.encode(av.VideoFrame(32, 32, "yuvj420p")), *stream.encode()])
    film(folder / "plain.mkv", sound_codec="flac")
    inputs = ["plain.mkv", "own.srt", "names.txt"]
    command = ["ffmpeg", "-v", "error", *(word for name in inputs for word in ("-i", name))]
    command += ["-map", "0", "-map", "1", "-map_metadata", "2", "-map_chapters", "2", "-c", "copy"]
    command += ["-metadata:s:s:0", "language=fre", "-disposition:s:0", "default"]
    command += ["-attach", "font.ttf", "-metadata:s:t:0", "mimetype=font/ttf"]
    command += ["-attach", "cover.jpg", "-metadata:s:t:1", "mimetype=image/jpeg"]
    command += ["-metadata:s:t:1", "filename=cover.jpg", "rich.mkv"]
    subprocess.run(command, check=True, cwd=folder)
    return folder / "rich.mkv"


@needs_ffmpeg
def test_what_else_a_film_holds_is_copied(tmp_path: Path) -> None:
    source, target = rich_film(tmp_path), tmp_path / "out.mkv"

    assert mux(source, target, TRACKS[:1]) == ()

    streams = probed(target)
    subtitles = of_type(streams, "subtitle")
    assert [each["tags"]["language"] for each in subtitles] == ["fre", "eng"]
    assert [each["disposition"]["default"] for each in subtitles] == [1, 0]
    assert extracted(target, 0, "-c", "copy") == (tmp_path / "own.srt").read_text()
    assert [each["tags"]["filename"] for each in of_type(streams, "attachment")] == ["font.ttf"]
    cover = of_type(streams, "video")[1]
    assert (cover["codec_name"], cover["disposition"]["attached_pic"]) == ("mjpeg", 1)
    with av.open(str(target)) as copy:
        assert copy.metadata["title"] == "A film"
        assert [each["metadata"]["title"] for each in copy.chapters()] == ["one", "two"]
        (font,) = copy.streams.attachments
        assert font.data == b"not looked at"


@needs_ffmpeg
def test_what_mp4_can_not_hold_is_told(tmp_path: Path) -> None:
    notes = mux(rich_film(tmp_path), tmp_path / "out.mp4", TRACKS[:1])

    assert [note.partition(" was left out")[0] for note in notes] == [
        "subtitle stream 2 (srt)",
        "attachment stream 3 (unknown)",
    ]
    streams = probed(tmp_path / "out.mp4")
    assert of_type(streams, "subtitle")[0]["disposition"]["default"] == 1
    assert of_type(streams, "video")[1]["disposition"]["attached_pic"] == 1


def test_tracks_without_cues_and_unknown_languages_are_told(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mkv", sound_codec="flac")
    shown = [Track([], "en"), Track(ENGLISH, "qq"), Track(ENGLISH, "haw"), Track(ENGLISH)]

    first, second = mux(source, tmp_path / "out.mkv", shown)

    assert "track 1 was left out: it has no cues" in first
    assert "language qq" in second
    with av.open(str(tmp_path / "out.mkv")) as copy:
        assert [each.language for each in copy.streams.subtitles] == [None, "haw", None]


# What goes wrong


def test_pictures_that_the_target_can_not_hold_are_refused(tmp_path: Path) -> None:
    source = film(
        tmp_path / "a.mov", codec="prores_ks", pix_fmt="yuv422p10le", sound_codec="pcm_s16le"
    )
    with pytest.raises(InputError, match=r"stream 0 \(prores\) can't stand in mp4; .* in .mkv"):
        mux(source, tmp_path / "out.mp4", TRACKS)
    assert mux(source, tmp_path / "out.mkv", TRACKS) == ()


@pytest.mark.parametrize(("name", "codec"), [("a.h264", "libx264"), ("a.avi", "libx264")])
def test_films_whose_packets_have_no_times_are_refused(
    tmp_path: Path, name: str, codec: str
) -> None:
    pictures = [numbered(i) for i in range(10)]
    source = write_film(tmp_path / name, pictures, codec=codec, options={"bf": "2"})
    with pytest.raises(InputError, match=f"{name}: its packets don't say when"):
        mux(source, tmp_path / "out.mkv", TRACKS)
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
def test_a_film_whose_clock_jumps_is_refused(tmp_path: Path, ending: str) -> None:
    source = film(tmp_path / "a.ts")
    source.write_bytes(source.read_bytes() * 2)
    with pytest.raises(InputError, match="a.ts: can't be copied into .* its clock jumps"):
        mux(source, tmp_path / f"out.{ending}", TRACKS)
    assert list(tmp_path.iterdir()) == [source]


def test_what_is_no_film_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("#EXTM3U\nhttp://127.0.0.1/a.ts\n")
    with pytest.raises(InputError, match="is no video file"):
        mux(tmp_path / "a.mp4", tmp_path / "out.mkv", TRACKS)
    with pytest.raises(InputError, match="no such file"):
        mux(tmp_path / "b.mp4", tmp_path / "out.mkv", TRACKS)


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("a.mkv", UsageError, "is the video itself"),
        ("a.webm", UsageError, "is an .mkv or .mp4"),
        ("there.mkv", OutputError, "exists already"),
        ("none/out.mkv", OutputError, "create the folder first"),
    ],
)
def test_targets_that_are_refused(
    tmp_path: Path, name: str, error: type[Exception], message: str
) -> None:
    source = film(tmp_path / "a.mkv", sound_codec="flac")
    content = source.read_bytes()
    (tmp_path / "there.mkv").touch()
    with pytest.raises(error, match=message):
        mux(source, tmp_path / name, TRACKS)
    assert source.read_bytes() == content
    assert (tmp_path / "there.mkv").read_bytes() == b""
    assert mux(source, tmp_path / "there.mkv", TRACKS, overwrite=True) == ()


@contextmanager
def small_files(size: int) -> Iterator[None]:
    """Let no file grow beyond that, as on a disk that fills up."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
def test_a_disk_that_fills_up_leaves_nothing(tmp_path: Path, ending: str) -> None:
    source = film(tmp_path / "a.mkv", sound_codec="pcm_s16le")
    target = tmp_path / f"out.{ending}"
    if ending == "mp4":
        source = film(tmp_path / "a.mp4", codec="mpeg4")
    size = source.stat().st_size // 2
    with small_files(size), pytest.raises(OutputError, match=f"out.{ending}: can't be written"):
        mux(source, target, TRACKS)
    assert source in list(tmp_path.iterdir())
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".part" or path == target]


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
@pytest.mark.parametrize("share", [0, 0.02, 0.5, 0.97, 0.9999])
def test_wherever_the_disk_is_full_no_part_of_a_copy_passes_for_one(
    tmp_path: Path, ending: str, share: float
) -> None:
    target = tmp_path / f"out.{ending}"
    mux(DEMO, target, TRACKS)
    whole = target.read_bytes()
    with (
        small_files(round(len(whole) * share)),
        pytest.raises(OutputError, match=f"out.{ending}: can't be written: File too large"),
    ):
        mux(DEMO, target, TRACKS, overwrite=True)
    assert target.read_bytes() == whole
    assert list(tmp_path.iterdir()) == [target]


def test_a_disk_that_is_full_at_the_end_leaves_the_target_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    source, target = film(tmp_path / "a.mkv", sound_codec="flac"), tmp_path / "out.mkv"
    target.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left.*free"):
        mux(source, target, TRACKS, overwrite=True)
    assert target.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2


def test_of_a_film_that_is_cut_short_what_is_there_is_copied(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mkv", sound_codec="pcm_s16le")
    content = source.read_bytes()
    source.write_bytes(content[: len(content) * 2 // 3])

    assert mux(source, tmp_path / "out.mkv", TRACKS) == ()

    copied = packets_of(tmp_path / "out.mkv")
    assert copied == packets_of(source)
    assert 0 < len(copied) < 75
