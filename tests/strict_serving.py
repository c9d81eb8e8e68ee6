"""``vidocr serve`` with settings that no flag gives.

``python -m tests.strict_serving '{"body_grace_s": 1}' --port 0 ...``
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import Any

from vidocr import cli, serving


def main(settings: dict[str, Any], flags: list[str]) -> int:
    """The command with some settings replaced."""
    own = serving._settings
    serving._settings = lambda task, options: replace(own(task, options), **settings)
    return cli.main(["serve", *flags])


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1]), sys.argv[2:]))
