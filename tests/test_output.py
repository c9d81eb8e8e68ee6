import errno
import os
import stat
from pathlib import Path

import pytest

from vidocr.errors import OutputError
from vidocr.output import explained, output_file, output_stream


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_text_appears_whole_under_its_name(tmp_path: Path) -> None:
    target = tmp_path / "film.srt"
    with output_file(target) as write:
        assert not target.exists()
        write("字幕\n")
        assert target.read_bytes() == "字幕\n".encode()
    assert names(tmp_path) == ["film.srt"]


def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    plain, target = tmp_path / "plain", tmp_path / "film.srt"
    plain.touch()
    with output_file(target) as write:
        write("")
    assert target.stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, OSError])
def test_failed_work_leaves_everything_as_it_was(
    tmp_path: Path, error: type[BaseException]
) -> None:
    target = tmp_path / "film.srt"
    target.write_text("old")
    with pytest.raises(error), output_file(target, overwrite=True):
        raise error
    assert names(tmp_path) == ["film.srt"]
    assert target.read_text() == "old"


def test_overwriting_keeps_permissions(tmp_path: Path) -> None:
    target = tmp_path / "film.srt"
    target.write_text("old")
    target.chmod(0o640)
    with output_file(target, overwrite=True) as write:
        write("new")
    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "film.srt"
    link.symlink_to("there/track.srt")
    with output_file(link) as write:
        write("new")
    assert link.is_symlink()
    assert (tmp_path / "there" / "track.srt").read_text() == "new"


def test_a_device_is_written_to_as_it_is() -> None:
    with output_file(Path(os.devnull)) as write:
        write("text")
    assert not Path(os.devnull).is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
def test_full_device() -> None:
    with (
        pytest.raises(OutputError, match="/dev/full: can't be written: No space.*; free"),
        output_file(Path("/dev/full")) as write,
    ):
        write("text")


def refusal(target: Path, *, overwrite: bool = False) -> str:
    """The message on entry, before any work."""
    with pytest.raises(OutputError) as caught, output_file(target, overwrite=overwrite):
        pytest.fail("the work began")
    return str(caught.value)


def test_existing_file_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "film.srt").touch()
    assert "film.srt: exists already; replace it with --overwrite" in refusal(tmp_path / "film.srt")


def test_folders_are_refused_before_the_work(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path, overwrite=True)
    assert "No such file or directory; create the folder" in refusal(tmp_path / "none" / "film.srt")
    (tmp_path / "file").touch()
    assert "Not a directory" in refusal(tmp_path / "file" / "film.srt")
    assert "File name too long; give a shorter name" in refusal(tmp_path / ("a" * 300))


@pytest.mark.parametrize(
    ("number", "fix"),
    [
        (errno.EACCES, "allow writing there"),
        (errno.EROFS, "that is not read-only"),
        (errno.ENOSPC, "free some space"),
        (errno.EIO, "give another place"),
    ],
)
def test_places_that_take_no_file_are_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, fix: str
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    message = refusal(tmp_path / "film.srt")
    assert message.startswith(f"{tmp_path}/film.srt: can't be written: {os.strerror(number)}; ")
    assert fix in message


def test_read_only_file_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "film.srt"
    target.touch()
    # Not by its permissions: they don't hinder a superuser, as which tests may run.
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "film.srt: is read-only" in refusal(target, overwrite=True)


def test_full_disk_at_the_end_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with (
        pytest.raises(OutputError, match="No space left"),
        output_file(tmp_path / "film.srt") as write,
    ):
        write("text")
    assert names(tmp_path) == []


def test_a_file_that_came_meanwhile_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "film.srt"
    with pytest.raises(OutputError, match="exists already"), output_file(target) as write:
        target.write_text("of another")
        write("ours")
    assert target.read_text() == "of another"
    assert names(tmp_path) == ["film.srt"]


# Bytes that are written while the work goes on


def test_bytes_appear_whole_under_their_name(tmp_path: Path) -> None:
    target = tmp_path / "film.mkv"
    target.write_bytes(b"old")
    target.chmod(0o640)
    with output_stream(target, overwrite=True) as file:
        file.write(b"1234")
        file.seek(0)
        file.write(b"5")
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"5234"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert names(tmp_path) == ["film.mkv"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_work_that_fails_in_the_middle_leaves_everything_as_it_was(
    tmp_path: Path, error: type[BaseException]
) -> None:
    target = tmp_path / "film.mkv"
    target.write_bytes(b"old")
    with pytest.raises(error), output_stream(target, overwrite=True) as file:
        file.write(b"new")
        raise error
    assert names(tmp_path) == ["film.mkv"]
    assert target.read_bytes() == b"old"


def test_a_disk_that_fills_up_is_told_of_the_target(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match="film.mkv: can't be written: No space left.*; free"),
        output_stream(tmp_path / "film.mkv"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert names(tmp_path) == []


def test_bytes_go_to_files_alone(tmp_path: Path) -> None:
    for target, why in ((Path(os.devnull), "is a pipe or device"), (tmp_path, "is a folder")):
        with pytest.raises(OutputError, match=why), output_stream(target, overwrite=True):
            pytest.fail("the work began")


def test_bytes_do_not_replace_a_file_that_came_meanwhile(tmp_path: Path) -> None:
    target = tmp_path / "film.mkv"
    with pytest.raises(OutputError, match="exists already"), output_stream(target):
        target.write_bytes(b"of another")
    assert target.read_bytes() == b"of another"
    assert names(tmp_path) == ["film.mkv"]


@pytest.mark.parametrize("flag", ["-o", "--data"])
@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC, errno.EIO])
def test_what_can_be_done_names_the_flag_of_the_place(number: int, flag: str) -> None:
    with pytest.raises(OutputError) as error, explained(Path("data"), flag):
        raise OSError(number, os.strerror(number))
    fixes = {
        errno.EROFS: f"give a place with {flag} that is not read-only",
        errno.ENOSPC: f"free some space, or give another place with {flag}",
    }
    assert str(error.value).endswith("; " + fixes.get(number, f"give another place with {flag}"))
    assert error.value.errno == number
