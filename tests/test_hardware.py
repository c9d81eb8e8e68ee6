"""Decoding by a device: which one does, and what happens where none can.

No device is at hand when these run. What FFmpeg does with one is stood in for by software
that is taken for a device: by the format of the frames that it gives.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from av.codec.hwaccel import hwdevices_available

from tests.clips import render
from tests.films import KEYS_EVERY_10, number_of, numbered, overwrite, packets_of, write_film
from tests.scenes import InkDetector
from tests.test_pipeline import CLIP, told
from vidocr import extract
from vidocr.cli import main
from vidocr.errors import EXIT_NO_SUBTITLES, UsageError
from vidocr.messages import details
from vidocr.ocr.fake import FakeEngine
from vidocr.options import Options
from vidocr.stages import media
from vidocr.stages.container import open_container
from vidocr.stages.hardware import Device, DeviceError, check_device, devices_for, why_software
from vidocr.stages.video import Area, DecodeCounts, check_hwaccel, frames

ALL = Area(0, 0, 10_000, 10_000)
needs_cuda_in_ffmpeg = pytest.mark.skipif(
    "cuda" not in hwdevices_available(), reason="this FFmpeg was built without CUDA"
)


def film(path: Path, count: int = 40, **options: Any) -> Path:
    return write_film(path, [numbered(i, 128, 72) for i in range(count)], **options)


def seen(path: Path, hwaccel: str, **options: Any) -> tuple[list[tuple[int, int]], DecodeCounts]:
    """Times and numbers of the pictures, and what was counted."""
    counts = DecodeCounts()
    found = frames(path, [ALL], hwaccel=hwaccel, counts=counts, **options)
    return [(frame.start_us, number_of(frame.crops[0])) for frame in found], counts


# Names


def test_unknown_devices_are_refused_with_those_that_ffmpeg_knows() -> None:
    for name in ("none", "auto", "cuda", "vaapi"):
        check_device(name, ("cuda", "vaapi"))
    with pytest.raises(UsageError, match="takes none, auto, cuda or vaapi, .* not 'nvidia'"):
        check_device("nvidia", ("cuda", "vaapi"))
    for wrong in ("", "CUDA", "cuda ", "none,auto"):
        with pytest.raises(UsageError):
            check_device(wrong, ("cuda",))


def test_an_unknown_device_ends_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = film(tmp_path / "a.mp4", 3)
    assert main([str(path), "--hwaccel", "warp", "--engine", "fake"]) == 2
    message = capsys.readouterr().err
    assert "hwaccel" in message and "'warp'" in message
    assert all(name in message for name in ("none", "auto", *hwdevices_available()))
    assert not path.with_suffix(".srt").exists()


@pytest.mark.parametrize("name", ["none", "auto", *hwdevices_available()])
def test_each_device_that_ffmpeg_knows_is_taken(name: str) -> None:
    check_hwaccel(name)


# Which devices can be tried


@dataclass(frozen=True)
class Named:
    name: str


@dataclass(frozen=True)
class Config:
    """What PyAV says of a way to decode by a device."""

    device_type: Named
    format: Named | None
    is_supported: bool = True


CONFIGS = (
    Config(Named("vdpau"), Named("vdpau"), is_supported=False),
    Config(Named("d3d11va"), None),
    Config(Named("vaapi"), Named("vaapi")),
    Config(Named("cuda"), Named("cuda")),
)


def test_devices_are_tried_in_the_order_of_ffmpeg() -> None:
    both = [Device("vaapi", "vaapi"), Device("cuda", "cuda")]
    assert devices_for("auto", CONFIGS) == both
    assert devices_for("cuda", CONFIGS) == both[1:]
    for name in ("none", "vdpau", "d3d11va", "qsv"):
        assert devices_for(name, CONFIGS) == []


def test_why_software_decodes() -> None:
    assert why_software("none", "h264", []) == ""
    assert why_software("auto", "ffv1", []) == "FFmpeg's decoder ffv1 can't decode by any device"
    assert why_software("qsv", "h264", []) == "FFmpeg's decoder h264 can't decode by qsv"
    assert why_software("auto", "h264", ["one failed", "so did two"]) == "one failed; so did two"


# Devices that can't be had, as FFmpeg itself says


@pytest.fixture
def no_cuda_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide CUDA devices, should there be any."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")


@needs_cuda_in_ffmpeg
@pytest.mark.usefixtures("no_cuda_here")
@pytest.mark.parametrize("name", ["cuda", "auto"])
@pytest.mark.parametrize("kind", ["mp4", "h264"])
def test_software_decodes_where_the_device_is_not_there(
    tmp_path: Path, name: str, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = film(tmp_path / f"a.{kind}", options=KEYS_EVERY_10)
    plain, expected = seen(path, "none")
    found, counts = seen(path, name)
    assert found == plain and len(found) == 40
    assert (counts.device, expected.device, expected.software_why) == ("", "", "")
    assert counts.software_why.startswith("cuda can't be opened (")
    assert capfd.readouterr() == ("", "")


@needs_cuda_in_ffmpeg
@pytest.mark.usefixtures("no_cuda_here")
def test_a_device_that_is_not_there_leaves_the_track_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.mp4"
    render(CLIP, path)
    tracks = []
    for name in ("none", "cuda"):
        options = Options(hwaccel=name)
        cues, report = extract(path, options, engine=FakeEngine(told), detector=InkDetector())
        tracks.append(list(cues))
        assert report.decoder == "software"
        assert bool(report.decoder_why) == (name == "cuda")
        told_of = [line for line in details(report) if line.startswith("decoded by: ")]
        why = f" ({report.decoder_why})" if name == "cuda" else ""
        assert told_of == [f"decoded by: software{why}"]
    assert tracks[0] == tracks[1] and len(tracks[0]) == 3
    assert capsys.readouterr() == ("", "")


@needs_cuda_in_ffmpeg
@pytest.mark.usefixtures("no_cuda_here")
def test_the_console_tells_of_it_only_if_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = film(tmp_path / "a.mp4", 30)
    for flags, is_told in ((["-v"], True), ([], False)):
        given = [str(path), "--hwaccel", "cuda", "--engine", "fake", "--overwrite", *flags]
        assert main(given) == EXIT_NO_SUBTITLES
        message = capsys.readouterr().err
        assert ("decoded by: software (cuda can't be opened" in message) == is_told
        assert ("cuda" in message) == is_told


@pytest.mark.parametrize("name", ["auto", *hwdevices_available()])
def test_a_codec_that_no_device_decodes(tmp_path: Path, name: str) -> None:
    found, counts = seen(film(tmp_path / "a.mkv", codec="ffv1"), name)
    assert len(found) == 40
    by = "any device" if name == "auto" else name
    assert counts.software_why == f"FFmpeg's decoder ffv1 can't decode by {by}"


# Devices that are there: software in their place


@dataclass
class Stand:
    """Puts software in the place of devices."""

    devices: list[Device]
    there: tuple[str, ...]
    opened: list[str] = field(default_factory=list)

    def devices_for(self, wanted: str, configs: object) -> list[Device]:
        return [device for device in self.devices if wanted in ("auto", device.name)]

    def open_container(self, path: Path, device: str = "") -> Any:
        self.opened.append(device)
        if device and device not in self.there:
            raise DeviceError(f"{device} can't be opened (there is none)")
        return open_container(path)


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Stand:
    """A machine with two devices, of which the second is there."""
    made = Stand([Device("first", "yuv420p"), Device("second", "yuv420p")], ("second",))
    monkeypatch.setattr(media, "devices_for", made.devices_for)
    monkeypatch.setattr(media, "open_container", made.open_container)
    return made


def test_the_first_device_that_opens_decodes(tmp_path: Path, stand: Stand) -> None:
    path = film(tmp_path / "a.mp4")
    found, counts = seen(path, "auto")
    assert [number for _, number in found] == list(range(40))
    assert (counts.device, counts.software_why) == ("second", "")
    assert stand.opened == ["", "first", "second"]


def test_no_device_is_tried_by_default(tmp_path: Path, stand: Stand) -> None:
    _, counts = seen(film(tmp_path / "a.mp4"), "none")
    assert (counts.device, stand.opened) == ("", [""])


@pytest.mark.parametrize("options", [{}, {"start_us": 810_000}, {"fast": True}])
@pytest.mark.parametrize("kind", ["mp4", "ts", "h264", "avi"])
def test_a_device_gives_what_software_does(
    tmp_path: Path, stand: Stand, kind: str, options: dict[str, Any]
) -> None:
    path = film(tmp_path / f"a.{kind}", options=KEYS_EVERY_10)
    plain, expected = seen(path, "none", **options)
    found, counts = seen(path, "second", **options)
    assert found == plain and counts.device == "second"
    counts.device = ""
    assert counts == expected


def test_the_report_names_the_device(tmp_path: Path, stand: Stand) -> None:
    path = film(tmp_path / "a.mp4")
    cues, report = extract(
        path, Options(hwaccel="auto"), engine=FakeEngine(told), detector=InkDetector()
    )
    list(cues)
    assert (report.decoder, report.decoder_why) == ("second", "")
    assert "decoded by: second" in details(report)


def test_frames_that_ffmpeg_decoded_without_the_device_are_decoded_by_software(
    tmp_path: Path, stand: Stand
) -> None:
    """So it goes on a device that knows the codec, but not this film's profile or depth."""
    stand.devices = [Device("second", "cuda")]
    path = film(tmp_path / "a.mp4")
    plain, expected = seen(path, "none")
    found, counts = seen(path, "second")
    assert found == plain
    assert counts.software_why == "second: it can't decode this film"
    counts.software_why = ""
    assert counts == expected


FAILS = [(0, {}), (20, {}), (39, {}), (21, {"start_us": 410_000}), (25, {"end_us": 1_210_000})]


def broken_film(path: Path, packet: int) -> Path:
    film(path, codec="mpeg4", options={"g": "10"})
    overwrite(path, packets_of(path)[packet : packet + 1], 0xFF)
    return path


@pytest.mark.parametrize(("broken", "options"), FAILS)
@pytest.mark.parametrize("kind", ["mkv", "avi"])
def test_software_takes_over_where_a_device_fails(
    tmp_path: Path, stand: Stand, kind: str, broken: int, options: dict[str, Any]
) -> None:
    path = broken_film(tmp_path / f"a.{kind}", broken)
    plain, expected = seen(path, "none", **options)
    found, counts = seen(path, "second", **options)
    assert found == plain and len(found) > 25
    assert counts.device == "" and counts.software_why.startswith("second: ")
    counts.software_why = ""
    assert counts == expected


def test_where_a_device_failed_is_told(tmp_path: Path, stand: Stand) -> None:
    _, counts = seen(broken_film(tmp_path / "a.mkv", 20), "second")
    assert counts.software_why.endswith(" after 0.8 s")


def test_a_device_that_fails_behind_the_stretch_has_decoded_it(
    tmp_path: Path, stand: Stand
) -> None:
    found, counts = seen(broken_film(tmp_path / "a.mkv", 35), "second", end_us=800_000)
    assert len(found) == 20
    assert (counts.device, counts.software_why) == ("second", "")
