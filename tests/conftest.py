"""What tests of several modules share."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

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
