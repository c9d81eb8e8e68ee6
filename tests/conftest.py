"""What tests of several modules share."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Tests are not timed: a machine that others use, too, may be slow at any moment.
settings.register_profile("vidocr", deadline=None)
settings.load_profile("vidocr")


@pytest.fixture(scope="module")
def one_torch_thread() -> Iterator[None]:
    """Small models are slowed by the threads of a pool, more so beside other tests."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A Chromium without a window, driven by Playwright."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    chromium = Path("/usr/bin/chromium")
    if not chromium.exists():
        pytest.skip(f"needs {chromium}")
    with sync_api.sync_playwright() as playwright:
        # A name that stands for this machine and, unlike its address, for a page from afar.
        afar = "--host-resolver-rules=MAP afar.example 127.0.0.1"
        browser = playwright.chromium.launch(executable_path=str(chromium), args=[afar])
        yield browser
        browser.close()
