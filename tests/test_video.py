import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.stream import Disposition
from av.video.stream import VideoStream
from PIL import Image

from tests.films import (
    KEYS_EVERY_10,
    frame_of,
    marked,
    number_of,
    numbered,
    overwrite,
    packets_of,
    write_cut_off,
    write_film,
)
from vidocr.errors import InputError
from vidocr.model import Region
from vidocr.stages.video import Area, DecodeCounts, frames, probe, still, stills

ALL = Area(0, 0, 10_000, 10_000)


def film(path: Path, count: int = 20, **options: Any) -> Path:
    return write_film(path, [numbered(i) for i in range(count)], **options)


def times(path: Path, **options: Any) -> list[int]:
    return [frame.start_us for frame in frames(path, [ALL], **options)]


def numbers(path: Path, **options: Any) -> list[int]:
    return [number_of(frame.crops[0]) for frame in frames(path, [ALL], **options)]


def test_probe_tells_size_length_and_rate(tmp_path: Path) -> None:
    info = probe(film(tmp_path / "a.mp4", count=50))
    assert (info.width, info.height, info.rotation_deg) == (64, 48, 0)
    assert info.duration_us == 2_000_000
    assert info.frame_rate == Fraction(25)
    assert info.subtitle_streams == ()


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts", "mov", "nut"])
def test_times_start_at_zero_and_follow_pts(tmp_path: Path, suffix: str) -> None:
    path = film(tmp_path / f"a.{suffix}", options={"bf": "2"})
    counts = DecodeCounts()
    assert times(path, counts=counts) == [40_000 * i for i in range(20)]
    assert counts == DecodeCounts(frames=20, end_us=800_000)
    assert numbers(path) == list(range(20))


def test_variable_frame_rate(tmp_path: Path) -> None:
    times_ms = [0, 40, 80, 500, 520, 2000, 2033, 2066, 5000]
    path = film(tmp_path / "a.mkv", len(times_ms), times_ms=times_ms, options={"bf": "2"})
    counts = DecodeCounts()
    assert times(path, counts=counts) == [ms * 1000 for ms in times_ms]


def test_time_zero_is_that_of_the_container_not_of_the_picture(tmp_path: Path) -> None:
    times_ms = list(range(3500, 4000, 50))
    path = film(tmp_path / "a.mkv", 10, times_ms=times_ms, sound_ms=(3000, 4000))
    assert times(path)[:2] == [500_000, 550_000]


def test_transport_stream_with_an_offset_starts_at_zero(tmp_path: Path) -> None:
    path = film(tmp_path / "a.ts", container_options={"output_ts_offset": "5000"})
    assert times(path)[:2] == [0, 40_000]


def test_missing_pts_are_never_zero(tmp_path: Path) -> None:
    """AVI keeps no PTS; with B-frames the order of decoding is not that of display."""
    avi = film(tmp_path / "a.avi", options={"bf": "2"})
    assert numbers(avi) == list(range(20))
    steps = np.diff(times(avi))
    assert set(steps) == {40_000}


def test_raw_stream_counts_by_its_frame_rate(tmp_path: Path) -> None:
    path = film(tmp_path / "a.h264", options={"bf": "2"}, container="h264")
    assert probe(path).duration_us is None
    assert times(path) == [40_000 * i for i in range(20)]
    assert numbers(path, start_us=400_000) == list(range(10, 20))


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts", "avi", "h264"])
@pytest.mark.parametrize("start_us,end_us", [(1, None), (390_000, 800_000), (1_010_000, 10**18)])
def test_start_and_end_keep_the_films_clock(
    tmp_path: Path, suffix: str, start_us: int, end_us: int | None
) -> None:
    path = film(tmp_path / f"a.{suffix}", 40, options=KEYS_EVERY_10)
    every = list(zip(times(path), numbers(path), strict=True))
    wanted = [x for x in every if start_us <= x[0] and (end_us is None or x[0] < end_us)]
    part = {"start_us": start_us, "end_us": end_us}
    assert list(zip(times(path, **part), numbers(path, **part), strict=True)) == wanted


def test_start_behind_the_end_gives_nothing(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4")
    assert times(path, start_us=10**7) == []
    assert times(path, start_us=10**30) == []


@pytest.mark.skipif(
    not hasattr(VideoStream, "set_display_rotation"), reason="this PyAV can't write a rotation"
)
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("mirror", [False, True])
def test_rotation_shows_what_players_show(tmp_path: Path, degrees: int, mirror: bool) -> None:
    def turn(stream: Any) -> None:
        stream.set_display_rotation(degrees, hflip=mirror)

    path = write_film(tmp_path / "a.mp4", [marked()] * 3, options={"crf": "5"}, prepare=turn)
    shown = np.rot90(marked(), degrees // 90)  # both counter-clockwise
    shown = shown[:, ::-1] if mirror else shown
    info = probe(path)
    assert (info.height, info.width) == shown.shape
    if not mirror:
        assert info.rotation_deg == -degrees % 360
    part = Area(5, 7, 31, 22)
    frame = next(frames(path, [ALL, part], whole_every_us=1))
    assert frame.whole is not None
    for luma in (frame.whole, frame.crops[0]):
        assert np.abs(luma.astype(int) - shown).max() < 12
    assert (frame.crops[1] == frame.crops[0][7:29, 5:36]).all()
    red = still(path, 0)[..., 0]  # in full range
    assert red.shape == shown.shape
    assert np.abs(red - (shown.clip(16, 235) - 16.0) * 255 / 219).max() < 20


@pytest.mark.parametrize("sar,size", [(Fraction(2), (128, 48)), (Fraction(1, 2), (64, 96))])
def test_pixels_that_are_not_square_are_stretched(
    tmp_path: Path, sar: Fraction, size: tuple[int, int]
) -> None:
    def stretch(stream: Any) -> None:
        stream.codec_context.sample_aspect_ratio = sar

    path = write_film(tmp_path / "a.mp4", [marked()] * 3, options={"crf": "5"}, prepare=stretch)
    info = probe(path)
    assert (info.width, info.height) == size
    width, height = size
    frame = next(frames(path, [Area(0, 0, width // 4, height // 5), ALL]))
    assert frame.crops[0].shape == (height // 5, width // 4)
    assert frame.crops[0].min() > 185
    assert frame.crops[1].shape == (height, width)


def test_areas_are_cut_scaled_and_clamped(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", [marked()] * 2, options={"crf": "5"})
    areas = [ALL, Area(10, 4, 20, 10), Area(0, 0, 64, 48, 0.5), Area(60, 40, 100, 100)]
    whole, cut, half, corner = next(frames(path, [*areas])).crops
    assert (cut == whole[4:14, 10:30]).all()
    assert half.shape == (24, 32)
    assert abs(int(half[2, 2]) - 200) < 5 and abs(int(half[-2, -2]) - 60) < 5
    assert (corner == whole[40:, 60:]).all()
    assert Area.of(Region(1, 2, 3, 4, line_height=5)) == Area(1, 2, 3, 4)


def test_areas_of_a_turned_film_are_those_of_its_turned_pictures(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", [marked()] * 2, options={"crf": "5"})
    part = Area(10, 4, 20, 30)
    upright = next(frames(path, [ALL])).crops[0]
    turned = next(frames(path, [ALL, part], lying=True, whole_every_us=1))
    assert (turned.crops[0] == np.rot90(upright)).all()
    assert (turned.crops[1] == turned.crops[0][4:34, 10:30]).all()
    assert turned.whole is not None and (turned.whole == turned.crops[0]).all()


def test_crops_own_their_pixels(tmp_path: Path) -> None:
    """A view would keep every decoded frame in memory, or change under its reader."""
    path = film(tmp_path / "a.mp4")
    for frame in frames(path, [ALL, Area(0, 0, 64, 8)]):
        assert all(crop.base is None and crop.flags.c_contiguous for crop in frame.crops)


def test_whole_pictures_come_small_and_in_pairs(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 40)
    shown = [
        x for x in frames(path, [], whole_every_us=1_000_000, whole_side=32) if x.whole is not None
    ]
    assert [x.start_us for x in shown] == [0, 200_000, 1_000_000, 1_200_000]
    assert [number_of(x.whole) for x in shown if x.whole is not None] == [0, 5, 25, 30]
    assert shown[0].whole is not None and shown[0].whole.shape == (24, 32)


def test_fast_gives_fewer_frames(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", options={"bf": "2", "x264-params": "b-pyramid=0"})
    fewer = numbers(path, fast=True)
    assert 3 < len(fewer) < 15
    assert set(fewer) < set(range(20))


def test_size_may_change_within_the_film(tmp_path: Path) -> None:
    small = film(tmp_path / "a.h264", 10, container="h264")
    large = write_film(
        tmp_path / "b.h264", [numbered(i, 128, 96) for i in range(10, 20)], container="h264"
    )
    both = tmp_path / "c.h264"
    both.write_bytes(small.read_bytes() + large.read_bytes())
    shown = list(frames(both, [ALL, Area(32, 0, 16, 24)]))
    assert {x.crops[0].shape for x in shown} == {(48, 64)}
    assert {x.crops[1].shape for x in shown} == {(24, 16)}
    assert [number_of(x.crops[0]) for x in shown] == list(range(20))


@pytest.mark.parametrize("broken", [[3], [4, 5], [0], [20]])
def test_damaged_packets_cost_only_their_frames(tmp_path: Path, broken: list[int]) -> None:
    path = film(tmp_path / "a.mkv", 30, codec="ffv1", options={"slicecrc": "1", "g": "1"})
    packets = packets_of(path)
    overwrite(path, [packets[i] for i in broken], 0xA5)
    counts = DecodeCounts()
    seen = times(path, counts=counts, threads=2)
    assert counts.damaged_packets + counts.corrupt_frames >= len(broken)
    good = [40_000 * i for i in range(30) if i not in broken]
    assert set(good) <= set(seen)
    assert counts.frames == len(seen)


def test_lost_references_are_counted_and_do_not_end_the_film(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mkv", 40, options=KEYS_EVERY_10)
    overwrite(path, packets_of(path)[11:14], 0x5A)
    counts = DecodeCounts()
    seen = times(path, counts=counts)
    assert counts.damaged_packets + counts.corrupt_frames > 0
    assert seen[-10:] == [40_000 * i for i in range(30, 40)]


def test_a_hole_in_a_stream_is_counted(tmp_path: Path) -> None:
    path = film(tmp_path / "a.ts", 60, options=KEYS_EVERY_10)
    data = path.read_bytes()
    packets = [data[i : i + 188] for i in range(0, len(data), 188)]
    kept = packets[: len(packets) // 3] + packets[2 * len(packets) // 3 :]
    path.write_bytes(b"".join(kept))
    counts = DecodeCounts()
    seen = times(path, counts=counts)
    assert 20 < len(seen) < 50
    assert (counts.pts_gaps, counts.ends_early) == (1, False)
    assert seen[-1] == 59 * 40_000


def test_joined_streams_go_on_in_time(tmp_path: Path) -> None:
    """The clock of the second part starts anew, and sound turns up that was not there before."""
    one = film(tmp_path / "a.ts", 100, options=KEYS_EVERY_10)
    two = film(tmp_path / "b.ts", 100, options=KEYS_EVERY_10, sound_ms=(0, 4000), sound_codec="mp2")
    one.write_bytes(one.read_bytes() + two.read_bytes())
    counts = DecodeCounts()
    seen = times(one, counts=counts)
    assert 180 <= len(seen) <= 200
    assert seen[-1] == (len(seen) - 1) * 40_000
    assert counts.pts_gaps >= 1


def test_a_film_cut_short_is_counted(tmp_path: Path) -> None:
    path = write_cut_off(tmp_path / "a.mp4")
    counts = DecodeCounts()
    assert 10 < len(times(path, counts=counts)) < 75
    assert (counts.pts_gaps, counts.ends_early) == (1, True)


def test_no_frame_at_all_is_an_error(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mkv", 10, codec="ffv1", options={"slicecrc": "1"})
    overwrite(path, packets_of(path), 0xFF)
    for action in (lambda: list(frames(path, [ALL])), lambda: probe(path)):
        with pytest.raises(InputError, match="no frame could be decoded"):
            action()
    with pytest.raises(InputError, match="no frame could be decoded"):
        list(stills(path, [0]))


NAMES = [
    "with space 'quote' \"double\".mp4",
    "new\nline.mp4",
    "-dash.mp4",
    "100%d_%s.mp4",
    "semi;colon&and$(echo x).mp4",
    "[0-9]*?.mp4",
    "http:colon.mp4",
    "字幕 ünï.mp4",
    "no_suffix",
    "text.m3u8",
    os.fsdecode(b"not utf-8 \xe9.mp4"),
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_any_name_opens(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    film(tmp_path / "a.mp4", 3).rename(name)
    assert probe(Path(name)).width == 64
    assert len(times(Path(name))) == 3


PLAYLISTS = {
    "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n",
    "ffconcat": "ffconcat version 1.0\nfile {}\n",
    "mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="video/mp4">'
    '<Representation id="1" bandwidth="1"><BaseURL>{}</BaseURL></Representation>'
    "</AdaptationSet></Period></MPD>",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "asx": '<asx version="3.0"><entry><ref href="{}"/></entry></asx>',
    "ram": "file://{}\n",
}


@pytest.mark.parametrize("kind", PLAYLISTS)
@pytest.mark.parametrize("suffix", [None, ".mp4", ".ts"])
def test_playlists_are_refused(tmp_path: Path, kind: str, suffix: str | None) -> None:
    canary = film(tmp_path / "canary.ts", 3)
    path = tmp_path / f"list{suffix or '.' + kind}"
    for target in (canary.name, str(canary), f"file:{canary}"):
        path.write_text(PLAYLISTS[kind].format(target))
        for action in (lambda: probe(path), lambda: list(frames(path, [ALL]))):
            with pytest.raises(InputError, match="no video file"):
                action()


def test_path_is_never_taken_for_a_protocol(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    film(tmp_path / "a.mp4", 3)
    for name in ("concat:a.mp4|a.mp4", "subfile,,start,0,end,0,,:a.mp4", "file:a.mp4"):
        with pytest.raises(InputError, match="no such file"):
            probe(Path(name))


def folder(path: Path) -> None:
    path.mkdir()


def loop(path: Path) -> None:
    path.symlink_to(path)


def dangling(path: Path) -> None:
    path.symlink_to(path.with_name("nothing"))


def cut_before_its_index(path: Path) -> None:
    film(path, 30)
    path.write_bytes(path.read_bytes()[:-800])


def sound(path: Path) -> None:
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream("aac", 8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 8000
        output.mux(stream.encode(frame))
        output.mux(stream.encode())


def sound_with_cover(path: Path) -> None:
    with av.open(str(path), "w", format="mp4") as output:
        tone: Any = output.add_stream("aac", 8000, layout="mono")
        cover: Any = output.add_stream("mjpeg", 1, options={"strict": "-1"})
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = Disposition.attached_pic.value
        output.mux(cover.encode(frame_of(marked(), "yuvj420p")))
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 8000
        output.mux(tone.encode(frame))
        output.mux(tone.encode())


def picture(path: Path) -> None:
    Image.fromarray(marked()).save(path, "JPEG")


def far_too_large(path: Path) -> None:
    """An AVI whose header says 60000 x 60000."""
    film(path.with_suffix(".avi"), 3, codec="rawvideo", pix_fmt="yuv420p")
    data = path.with_suffix(".avi").read_bytes()
    small, large = ((n).to_bytes(4, "little") for n in (64, 60_000))
    low, high = ((n).to_bytes(4, "little") for n in (48, 60_000))
    path.write_bytes(data.replace(small + low, large + high))


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "no such file"),
    "folder": (folder, "is a folder"),
    "loop": (loop, "symbolic links"),
    "dangling": (dangling, "points to nothing"),
    "pipe": (os.mkfifo, "pipe or device"),
    "empty": (Path.touch, "is empty"),
    "text": (lambda path: path.write_text("This is no video.\n" * 200), "no video file"),
    "random": (lambda path: path.write_bytes(np.random.default_rng(1).bytes(50_000)), "no video"),
    "cut": (cut_before_its_index, "no video file|cut short"),
    "sound": (sound, "no video stream"),
    "cover": (sound_with_cover, "no video stream"),
    "picture": (picture, "no video file"),
    "bomb": (far_too_large, "60000x60000|no frame could be decoded"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_are_named_with_cause_and_fix(
    tmp_path: Path, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    make, cause = BAD[kind]
    path = tmp_path / "bad.mp4"
    make(path)
    for action in (
        lambda: probe(path),
        lambda: list(frames(path, [ALL])),
        lambda: list(stills(path, [0])),
    ):
        with pytest.raises(InputError, match=cause) as caught:
            action()
        assert str(caught.value).startswith(f"{path}: ")
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_forbidden_file_is_named(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 3)
    path.chmod(0)
    with pytest.raises(InputError, match="permission"):
        probe(path)


def test_name_with_a_zero_byte_is_an_error() -> None:
    with pytest.raises(InputError, match="can't be opened"):
        probe(Path("a\0b"))


def test_damaged_media_write_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = film(tmp_path / "a.mkv", 40, options=KEYS_EVERY_10)
    overwrite(path, packets_of(path)[5:8], 0x5A)
    assert times(path)
    assert capfd.readouterr() == ("", "")


def long_film(path: Path, seconds: int = 100, keys_every: int = 10) -> Path:
    """Two frames a second."""
    options = KEYS_EVERY_10 | {"g": str(2 * keys_every)}
    return film(path, 2 * seconds, rate=2, options=options)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_stills_of_a_long_film_stand_at_key_frames(tmp_path: Path, suffix: str) -> None:
    path = long_film(tmp_path / f"a.{suffix}")
    pairs = list(stills(path, [s * 1_000_000 for s in (15, 25, 45, 92)]))
    assert len(pairs) == 4
    for one, two in pairs:
        assert one.whole is not None and two.whole is not None
        assert one.start_us % 10_000_000 == 0
        assert 200_000 <= two.start_us - one.start_us <= 3_000_000
        assert number_of(one.whole) == one.start_us // 500_000 % 256
        assert number_of(two.whole) == two.start_us // 500_000 % 256


def test_times_at_one_key_frame_give_one_pair(tmp_path: Path) -> None:
    path = long_film(tmp_path / "a.mp4", keys_every=50)
    pairs = list(stills(path, [s * 1_000_000 for s in range(20, 50)]))
    assert [one.start_us for one, _ in pairs] == [0]
    near = list(stills(path, [s * 1_000_000 for s in (1, 2, 3, 60)]))
    assert len(near) >= 3
    starts = [frame.start_us for pair in near for frame in pair]
    assert starts == sorted(set(starts))


@pytest.mark.parametrize("suffix", ["mp4", "h264"])
def test_stills_of_short_and_raw_films_come_from_one_pass(tmp_path: Path, suffix: str) -> None:
    path = film(tmp_path / f"a.{suffix}", 100)
    pairs = list(stills(path, [0, 1_000_000, 2_000_000, 900_000_000]))
    assert len(pairs) == 4
    for (one, two), wanted in zip(pairs, (0, 1_000_000, 2_000_000), strict=False):
        assert wanted <= one.start_us <= wanted + 120_000
        assert 200_000 <= two.start_us - one.start_us <= 320_000


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts", "h264"])
def test_a_still_is_the_frame_that_shows_at_its_time(tmp_path: Path, suffix: str) -> None:
    path = film(tmp_path / f"a.{suffix}", 100, options=KEYS_EVERY_10)
    for time_us, number in ((0, 0), (39_999, 0), (40_000, 1), (3_010_000, 75), (10**9, 99)):
        picture = still(path, time_us)
        assert picture.shape == (48, 64, 3) and picture.dtype == np.uint8
        assert number_of(picture[..., 1]) == number, time_us
    assert still(path, 0, side=32).shape == (24, 32, 3)


def test_a_still_keeps_its_colours(tmp_path: Path) -> None:
    picture = np.full((48, 64, 3), (200, 40, 90), np.uint8)
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream("libx264", 25, options={"crf": "5"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        output.mux(stream.encode())
    assert np.abs(still(path, 0).astype(int) - picture).max() < 12


def test_stills_need_no_times(tmp_path: Path) -> None:
    assert list(stills(film(tmp_path / "a.mp4", 3), [])) == []
