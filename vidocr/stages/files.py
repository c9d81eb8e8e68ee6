"""What a path leads to, before it is opened as a film."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from vidocr.errors import InputError


def check_file(path: Path) -> None:
    """Raise InputError unless ``path`` is a readable regular file that holds something."""
    try:
        status = path.stat()
    except FileNotFoundError:
        if path.is_symlink():
            raise InputError(f"{path}: the link points to nothing; mend or replace it") from None
        raise InputError(f"{path}: no such file; check the name") from None
    except PermissionError:
        raise InputError(f"{path}: its folder may not be read; check permissions") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: can't be opened ({reason}); check the name") from None
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{path}: is a folder; name a video file in it")
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{path}: is a pipe or device; save the video to a file first")
    if status.st_size == 0:
        raise InputError(f"{path}: is empty (0 bytes); copy or download it again")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path}: may not be read; change its permissions (chmod +r)")
