"""What can go wrong, each with the exit code that the command line gives.

VidocrError
├── UsageError          2  wrong arguments or options
├── InputError          3  the input can't be read or is not a video
├── DependencyError     4  a package, model or server is missing
├── OutputError         5  the output can't be written
├── EngineError         6  the OCR engine failed
└── TranslationError    7  the translation failed

Every message names the file or option, what is wrong and what to do about it.
Other exit codes: 0 done, 8 some of many files failed, 10 no subtitles found,
130 interrupted.
"""

EXIT_SOME_FAILED = 8
EXIT_NO_SUBTITLES = 10
EXIT_INTERRUPTED = 130


class VidocrError(Exception):
    """Base of all errors that vidocr raises on purpose.

    Args:
        message: what is wrong, and what to do about it.
        may_pass: whether the same may go well later, as when a server is away.
    """

    exit_code = 1

    def __init__(self, message: str, *, may_pass: bool = False) -> None:
        super().__init__(message)
        self.may_pass = may_pass


class UsageError(VidocrError):
    """Wrong arguments or options."""

    exit_code = 2


class InputError(VidocrError):
    """The input can't be read or is not a video."""

    exit_code = 3


class DependencyError(VidocrError):
    """A package, a model or a server that the chosen options need is missing."""

    exit_code = 4


class OutputError(VidocrError):
    """The output can't be written.

    Args:
        message: what is wrong, and what to do about it.
        may_pass: whether the same may go well later.
        errno: of the system's error, if there was one; it outlives the way out of a process.
    """

    exit_code = 5

    def __init__(self, message: str, *, may_pass: bool = False, errno: int | None = None) -> None:
        super().__init__(message, may_pass=may_pass)
        self.errno = errno


class EngineError(VidocrError):
    """The OCR engine failed on an input that it should have read."""

    exit_code = 6


class TranslationError(VidocrError):
    """The translation failed."""

    exit_code = 7
