import errno
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from vidocr import extracting, tracks
from vidocr.cli import main
from vidocr.config import presets
from vidocr.errors import (
    DependencyError,
    EngineError,
    InputError,
    OutputError,
    UsageError,
    VidocrError,
)
from vidocr.messages import duration
from vidocr.model import Cue, Region, SubtitleStream
from vidocr.options import Options, settings
from vidocr.progress import Progress
from vidocr.report import Report

CUES = (Cue(1_000_000, 2_000_000, ("Hello",)), Cue(2_000_000, 3_000_000, ("字幕",)))
SRT = tracks.render(CUES, "srt")


@dataclass
class FakePipeline:
    """Gives cues without looking at the film; keeps what it was asked for."""

    cues: tuple[Cue, ...] = CUES
    report: Report = field(default_factory=lambda: Report(engine="fake", film_us=90_000_000))
    error: BaseException | None = None
    asked: list[tuple[Path, Options]] = field(default_factory=list)
    while_working: Callable[[], None] = lambda: None

    def extract(
        self, path: Path, options: Options, *, progress: Progress, pictures: bool = False
    ) -> tuple[Iterator[Cue], Report]:
        self.asked.append((path, options))
        return self._work(path, progress), self.report

    def _work(self, path: Path, progress: Progress) -> Iterator[Cue]:
        progress.start(self.report.film_us, path.name)
        for cue in self.cues:
            progress.advance(cue.end_us)
            yield cue
        self.while_working()
        if self.error is not None:
            raise self.error
        self.report.cues = len(self.cues)


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> FakePipeline:
    fake = FakePipeline()
    monkeypatch.setattr(extracting, "extract", fake.extract)
    return fake


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"not looked at")
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# The track


def test_track_goes_beside_the_video(pipeline: FakePipeline, video: Path) -> None:
    assert main([str(video)]) == 0
    assert video.with_name("film.srt").read_bytes() == SRT.encode()
    assert pipeline.asked == [(video, Options())]


@pytest.mark.parametrize(
    ("arguments", "name", "format"),
    [
        (["-o", "{}/a.srt"], "a.srt", "srt"),
        (["--output", "{}/a.VTT"], "a.VTT", "vtt"),
        (["--format", "vtt"], "film.vtt", "vtt"),
        (["--format", "vtt", "-o", "{}/a.srt"], "a.srt", "vtt"),
        (["--format", "srt", "-o", "{}/a.txt"], "a.txt", "srt"),
    ],
)
def test_format_is_that_asked_for_or_of_the_ending(
    pipeline: FakePipeline, video: Path, arguments: list[str], name: str, format: str
) -> None:
    assert main([str(video), *(word.format(video.parent) for word in arguments)]) == 0
    assert (video.parent / name).read_text() == tracks.render(CUES, format)


@pytest.mark.usefixtures("pipeline")
def test_several_places_get_the_track_each_in_its_format(
    video: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    files = [video.with_name(name) for name in ("a.srt", "b.vtt")]
    places = [word for file in files for word in ("-o", str(file))]
    assert main([str(video), *places, "-o", "-"]) == 0
    assert [file.read_text() for file in files] == [SRT, tracks.render(CUES, "vtt")]
    out, err = capsysbinary.readouterr()
    assert out == SRT.encode()
    assert f"-> {files[0]}, {files[1]}, standard output" in err.decode()


@pytest.mark.usefixtures("pipeline")
def test_several_formats_go_beside_the_video(video: Path) -> None:
    assert main([str(video), "--format", "srt", "--format", "vtt"]) == 0
    assert names(video.parent) == ["film.mp4", "film.srt", "film.vtt"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "a.srt", "-o", "a.srt"], "a.srt: is given twice with -o; name each place once"),
        (
            ["-o", "a.srt", "-o", "b/../a.srt"],
            "a.srt: is given twice with -o; name each place once",
        ),
        (["-o", "-", "-o", "-"], "standard output: is given twice with -o"),
        (
            ["-o", "a.srt", "--format", "srt", "--format", "vtt"],
            "--format: with -o it may be given",
        ),
    ],
)
def test_places_that_contradict_each_other_are_refused(
    video: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main([str(video), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_place_that_can_not_be_written_is_found_before_the_work(
    pipeline: FakePipeline, video: Path
) -> None:
    taken = video.with_name("b.vtt")
    taken.write_text("mine")
    assert main([str(video), "-o", str(video.with_name("a.srt")), "-o", str(taken)]) == 5
    assert pipeline.asked == []
    assert names(video.parent) == ["b.vtt", "film.mp4"]


@pytest.mark.usefixtures("pipeline")
def test_standard_output_gets_the_track_alone(
    video: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main([str(video), "-o", "-"]) == 0
    out, err = capsysbinary.readouterr()
    assert out == SRT.encode()
    assert b"-> standard output" in err
    assert names(video.parent) == ["film.mp4"]


def test_what_was_read_before_an_engine_failed_is_kept_beside_the_place_of_the_track(
    pipeline: FakePipeline, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.error = EngineError("engine server: it is gone; start it")
    pipeline.report.partial = CUES
    for _ in range(2):  # the second run replaces what the first one kept
        assert main([str(video)]) == 6
    assert names(video.parent) == ["film.mp4", "film.partial.srt"]
    assert video.with_name("film.partial.srt").read_text() == SRT
    err = capsys.readouterr().err
    assert "2 cues, up to 3.0 s of the film, are kept in " in err and "it is gone" in err
    assert main([str(video), "-o", "-"]) == 6
    pipeline.report.partial = ()
    assert main([str(video), "-o", str(video.parent / "other.srt")]) == 6
    assert names(video.parent) == ["film.mp4", "film.partial.srt"]


def test_ending_that_names_no_format(
    pipeline: FakePipeline, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(video), "-o", "track.doc"]) == 2
    assert "track.doc: the ending names no format" in capsys.readouterr().err
    assert pipeline.asked == []


def test_video_is_not_overwritten(pipeline: FakePipeline, video: Path) -> None:
    arguments = [str(video), "-o", str(video), "--format", "srt", "--overwrite"]
    assert main(arguments) == 2
    assert video.read_bytes() == b"not looked at"
    assert pipeline.asked == []


def test_existing_track_is_kept_and_overwritten_on_request(
    pipeline: FakePipeline, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    track = video.with_suffix(".srt")
    track.write_text("old")

    assert main([str(video)]) == 5
    assert "film.srt: exists already" in capsys.readouterr().err
    assert pipeline.asked == []
    assert track.read_text() == "old"

    assert main([str(video), "--overwrite"]) == 0
    assert track.read_text() == SRT


def test_no_cues_give_an_empty_track_and_a_code(
    pipeline: FakePipeline, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.cues = ()
    assert main([str(video)]) == 10
    first, second = capsys.readouterr().err.splitlines()
    assert "no subtitles found, the track is empty, 1 min" in first
    assert "say where with --region" in second
    assert video.with_suffix(".srt").read_text() == ""

    pipeline.report.reject("unsure", 7)
    assert main([str(video), "--overwrite"]) == 10
    *_, last = capsys.readouterr().err.splitlines()
    assert last == "vidocr: 7 lines could not be read with confidence: check --lang"


# Options


def test_flags_reach_the_pipeline(
    pipeline: FakePipeline, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDOCR_MAX_GAP_MS", "5")
    arguments = "--config film --grid-ms 300 --start 1:00 --end 2:00 --region 0,0,9,9"
    assert main([str(video), *arguments.split(), "--region", "1%,2%,3%,4%"]) == 0
    ((_, options),) = pipeline.asked
    assert (options.scan_pairs, options.max_gap_ms, options.grid_ms) == (32, 5, 300)
    assert (options.start_us, options.end_us) == (60_000_000, 120_000_000)
    assert [str(region) for region in options.regions] == ["0,0,9,9", "1%,2%,3%,4%"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--grid-ms", "5"], "grid_ms: takes a whole number from 100 to 2000 ms, not '5'"),
        (["--start", "-5"], "start: takes seconds"),
        (["--config", "flim"], "did you mean 'film'?"),
        (["--quiet", "--verbose"], "mutually exclusive"),
        (["--grid-msec", "5"], "--grid-ms"),
        (["--format", "doc"], "'doc' is not one of 'srt', 'vtt'"),
        (["--config", "flim"], "unknown preset (did you mean 'film'?); the presets are"),
        (["-q", "-v"], "mutually exclusive: --quiet (-q) --verbose (-v); see vidocr --help"),
        (["another.mp4"], "unexpected extra argument (another.mp4); see vidocr --help"),
    ],
)
def test_wrong_options(
    pipeline: FakePipeline,
    video: Path,
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([str(video), *arguments]) == 2
    err = capsys.readouterr().err
    assert err.startswith("vidocr: error: ")
    assert message in err
    assert pipeline.asked == []
    assert names(video.parent) == ["film.mp4"]


def test_video_has_to_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "Missing argument 'VIDEO'" in capsys.readouterr().err


def test_help_lists_each_option_with_its_default(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    assert main(["--help"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    for setting in settings():
        words = (setting.flag, setting.kind.metavar, setting.help)
        assert " ".join(filter(None, words)) in out
        if setting.default not in (None, (), "", False):
            assert f"{setting.help} [default {setting.default}" in out
    assert all(preset in out.replace("- ", "-") for preset in presets())
    assert "fake" not in out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("vidocr 0.")


# What is said


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 s"), (0.04, "0.04 s"), (7.46, "7.5 s"), (725, "12 min 05 s"), (3725, "1 h 02 min")],
)
def test_durations(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_a_film_of_a_frame_has_no_speed(
    pipeline: FakePipeline, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.report.film_us = 40_000
    assert main([str(video)]) == 0
    assert "vidocr: 2 cues, 0.04 s of film -> " in capsys.readouterr().err


def test_summary_is_one_line_unless_something_was_wrong(
    pipeline: FakePipeline, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(video)]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("vidocr: 2 cues, 1 min 30 s of film, ")
    assert line.endswith(f" x real time -> {video.with_suffix('.srt')}")

    pipeline.report.damaged_packets = 1
    pipeline.report.pts_gaps = 3
    pipeline.report.subtitle_streams = (
        SubtitleStream("subrip", "eng"),
        SubtitleStream("ass", None),
    )
    assert main([str(video), "--overwrite"]) == 0
    first, second = capsys.readouterr().err.splitlines()
    assert ", 1 damaged packet, 3 gaps in the film -> " in first
    assert "also holds subtitles as a stream" in second
    assert second.endswith("subrip (eng), ass")

    pipeline.report.ends_early = True
    assert main([str(video), "--overwrite"]) == 0
    _, told, _ = capsys.readouterr().err.splitlines()
    assert "ends before its container says it does; if it was cut off, get it again" in told


def test_quiet_says_nothing(
    pipeline: FakePipeline, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.while_working = lambda: logging.getLogger("vidocr.stage").warning("odd")
    assert main([str(video), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_verbose_shows_the_report_and_the_log(
    pipeline: FakePipeline, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.while_working = lambda: logging.getLogger("vidocr.stage").debug("seen")
    pipeline.report.regions = (Region(0, 900, 1920, 100, 48.2),)
    pipeline.report.lines_read, pipeline.report.ocr_calls = 3, 2
    pipeline.report.rejected = {"logo": 4, "moving": 0}
    pipeline.report.elapsed_s = {"scan": 1.234}
    assert main([str(video), "--verbose"]) == 0
    err = capsys.readouterr().err
    for expected in (
        "DEBUG: seen",
        "place: 0,900,1920,100 px, lines of 48 px",
        "read: 3, in 2 calls, 1.00 a cue",
        "rejected, logo: 4",
        "time, scan: 1.23 s",
    ):
        assert expected in err
    assert "moving" not in err
    assert logging.getLogger("vidocr").handlers == []


@pytest.mark.usefixtures("pipeline")
def test_json_progress_is_said_also_when_quiet(
    video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(video), "--quiet", "--json-progress"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [event["event"] for event in events] == ["start", "finish"]


# Errors


@pytest.mark.parametrize(
    "error", [UsageError, InputError, DependencyError, OutputError, EngineError, VidocrError]
)
def test_each_error_has_its_code_and_leaves_nothing(
    pipeline: FakePipeline,
    video: Path,
    error: type[VidocrError],
    capsys: pytest.CaptureFixture[str],
) -> None:
    pipeline.error = error("film.mp4: broken\nbadly; mend it")
    assert main([str(video)]) == error.exit_code
    assert capsys.readouterr().err == "vidocr: error: film.mp4: broken\\nbadly; mend it\n"
    assert names(video.parent) == ["film.mp4"]


def test_missing_video_is_the_first_thing_said(
    pipeline: FakePipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "none" / "film.mp4")]) == 3
    assert "film.mp4: there is no such file" in capsys.readouterr().err
    assert pipeline.asked == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", ".: is a folder; name a video file in it"),
        ("/", "/: is a folder"),
        ("-", "-: a video can't be read from standard input"),
        (
            "https://example.org/film.mp4",
            "https://example.org/film.mp4: is an address",
        ),
        ("film.mp4/film.mp4", "can't be looked at: Not a directory; check the path"),
        ("f" * 300 + ".mp4", "can't be looked at: File name too long; check the path"),
        ("f" * 300, "can't be looked at: File name too long; check the path"),
    ],
)
def test_names_that_are_no_file(
    pipeline: FakePipeline,
    video: Path,
    name: str,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(video.parent)
    assert main([name]) == 3
    assert message in capsys.readouterr().err
    assert pipeline.asked == []
    assert names(video.parent) == ["film.mp4"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", ".: is a folder; give the name of a file with -o"),
        ("f" * 300 + ".srt", "File name too long; give a shorter name with -o"),
    ],
)
def test_names_that_no_track_can_have(
    pipeline: FakePipeline,
    video: Path,
    name: str,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(video.parent)
    assert main([str(video), "-o", name]) == 5
    assert message in capsys.readouterr().err
    assert pipeline.asked == []


def test_a_file_that_may_not_be_read_is_no_wrong_option(
    pipeline: FakePipeline, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not by its permissions: they don't hinder a superuser, as which tests may run.
    monkeypatch.setattr(os, "access", lambda *_: False)
    pipeline.error = InputError("film.mp4: may not be read")
    assert main([str(video)]) == 3


def test_a_folder_that_may_not_be_entered(
    pipeline: FakePipeline,
    video: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stat = Path.stat

    def refuse(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.parent.name == "locked":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", refuse)
    monkeypatch.setattr(Path, "lstat", lambda path: refuse(path, follow_symlinks=False))
    assert main([str(video.parent / "locked" / "film.mp4")]) == 3
    assert "can't be looked at: Permission denied" in capsys.readouterr().err
    assert main([str(video), "-o", str(video.parent / "locked" / "a.srt")]) == 5
    assert "can't be written: Permission denied" in capsys.readouterr().err
    assert pipeline.asked == []


def test_missing_folder_is_seen_before_the_work(
    pipeline: FakePipeline, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(video), "-o", str(video.parent / "none" / "a.srt")]) == 5
    assert "create the folder first" in capsys.readouterr().err
    assert pipeline.asked == []


def test_missing_package(
    video: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "vidocr.extracting", None)
    assert main([str(video)]) == 4
    assert "vidocr.extracting: can't be loaded" in capsys.readouterr().err


def test_a_bug_is_a_line_and_a_trace_on_request(
    pipeline: FakePipeline, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.error = ZeroDivisionError("by zero")
    assert main([str(video)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "bug in vidocr: ZeroDivisionError: by zero" in line
    assert "--verbose" in line

    assert main([str(video), "--verbose"]) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err
    assert names(video.parent) == ["film.mp4"]


def test_wrong_options_have_no_trace(
    pipeline: FakePipeline, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.error = UsageError("hwaccel: takes none")
    assert main([str(video), "--verbose"]) == 2
    assert capsys.readouterr().err == "vidocr: error: hwaccel: takes none\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["serv"], "serv: no such file or command; did you mean vidocr serve?"),
        (["scroe", "a.srt", "b.srt"], "did you mean vidocr score?"),
        (["token"], "say what to do; see vidocr token --help"),
        (["token", "new"], "Missing option '--name'; see vidocr token new --help"),
        (["batch"], "Missing option '-o' / '--output'; see vidocr batch --help"),
    ],
)
def test_wrong_commands(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("vidocr: error: ") and line.endswith(message)


def test_a_film_may_be_called_like_a_command(
    pipeline: FakePipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "serv").write_bytes(b"a film")
    monkeypatch.chdir(tmp_path)
    assert main(["serv"]) == 0
    assert pipeline.asked


def test_interrupt_leaves_nothing(
    pipeline: FakePipeline, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.error = KeyboardInterrupt()
    assert main([str(video)]) == 130
    assert capsys.readouterr().err == "vidocr: interrupted\n"
    assert names(video.parent) == ["film.mp4"]


# Names of files


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("two\nlines\x1b[31m.mp4", "two\\nlines\\x1b[31m"),
        (os.fsdecode(b"latin-\xe9.mp4"), "latin-\\udce9"),
        ("影片 （一）.mp4", "影片 （一）"),
        ("-x.mp4", "-x"),
        ("no ending", "no ending"),
    ],
)
@pytest.mark.usefixtures("pipeline")
def test_any_name_will_do(
    tmp_path: Path, name: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    video = tmp_path / name
    video.touch()
    assert main([str(video)]) == 0
    assert f"-> {tmp_path}/{shown}.srt\n" in capsys.readouterr().err
    assert video.with_suffix(".srt").read_text() == SRT


@pytest.mark.usefixtures("pipeline")
def test_a_leading_dash_after_two_dashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-x.mp4").touch()
    assert main(["--", "-x.mp4"]) == 0
    assert Path("-x.srt").read_text() == SRT


# The process

SLOW = """
import sys, time, types
from vidocr.model import Cue
from vidocr.report import Report
def extract(path, options, *, progress, pictures):
    def cues():
        yield Cue(0, 1_000_000, ("text " * 50_000,))
        print("working", file=sys.stderr, flush=True)
        time.sleep(float(sys.argv[1]))
    return cues(), Report(cues=1)
sys.modules["vidocr.pipeline"] = types.ModuleType("vidocr.pipeline")
sys.modules["vidocr.pipeline"].extract = extract
from vidocr.cli import main
raise SystemExit(main(sys.argv[2:]))
"""


def start(seconds: float, *arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SLOW, str(seconds), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signals_leave_nothing(video: Path, number: int, code: int) -> None:
    with start(60, video) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"working\n"
        assert len(names(video.parent)) == 2  # the video, and the track in the making
        process.send_signal(number)
        assert process.stderr.read() == b"vidocr: interrupted\n"
    assert process.returncode == code
    assert names(video.parent) == ["film.mp4"]


def test_further_signals_do_not_cut_the_tidying_short(video: Path) -> None:
    code = SLOW.replace(
        """
        print("working", file=sys.stderr, flush=True)
        time.sleep(float(sys.argv[1]))
""",
        """
        try:
            print("working", file=sys.stderr, flush=True)
            time.sleep(60)
        finally:
            print("tidying", file=sys.stderr, flush=True)
            time.sleep(0.5)
""",
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, "60", str(video)], stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"working\n"
        process.send_signal(signal.SIGINT)
        assert process.stderr.readline() == b"tidying\n"
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        assert process.stderr.read() == b"vidocr: interrupted\n"
    assert process.returncode == 130
    assert names(video.parent) == ["film.mp4"]


def test_reader_of_the_track_that_goes_is_no_error(video: Path) -> None:
    with start(0.2, video, "-o", "-", "--quiet") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b"working\n"
    assert process.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
def test_standard_output_on_a_full_disk(video: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", SLOW, "0", str(video), "-o", "-"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 5
    assert done.stderr.splitlines()[1:] == [
        b"vidocr: error: standard output: can't be written: No space left on device; "
        b"free some space, or give another place with -o"
    ]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
@pytest.mark.parametrize("words", [["--help"], ["--version"], ["engines"], ["token", "--help"]])
def test_answers_on_a_full_disk(words: list[str]) -> None:
    command = [sys.executable, "-m", "vidocr.cli", *words]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 5
    assert done.stderr == (
        b"vidocr: error: standard output: can't be written: No space left on device; "
        b"free some space, or give another place with -o\n"
    )


@pytest.mark.parametrize(
    ("how", "code", "said"),
    [
        (">&-", 0, "-> "),
        ("<&- >&- 2>&-", 0, ""),
        ("-o - >&-", 5, "standard output: can't be written: Bad file descriptor"),
    ],
)
def test_standard_streams_that_are_closed(video: Path, how: str, code: int, said: str) -> None:
    script = f'exec "$0" -c "$1" 0 "$2" {how}'
    command = ["sh", "-c", script, sys.executable, SLOW, str(video)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code and said in done.stderr
    assert "Traceback" not in done.stderr
    if code == 0:
        assert video.with_suffix(".srt").read_text().startswith("1\n00:00:00,000 --> 00:00:01")


def test_the_command_line_loads_nothing_heavy() -> None:
    heavy = ("numpy", "av", "cv2", "onnxruntime", "rapidocr", "skimage", "tqdm", "srt")
    code = f"import sys, vidocr.cli; print([m for m in {heavy} if m in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert loaded.strip() == "[]"


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("vidocr --grid", "plain,--grid-ms\n"),
        ("vidocr film.mp4 --grid", "plain,--grid-ms\n"),
        ("vidocr batch --stat", "plain,--status\nplain,--static-share\n"),
        ("vidocr token n", "plain,new\n"),
    ],
)
def test_the_shell_completes_options(typed: str, completed: str) -> None:
    variables = {
        "_VIDOCR_COMPLETE": "bash_complete",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(typed.count(" ")),
    }
    code = "from vidocr.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == completed
