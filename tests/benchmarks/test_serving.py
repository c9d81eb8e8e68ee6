import pytest

from tests.benchmarks.serving import ROWS, figures, measure, within


def test_shares_are_those_of_the_histogram() -> None:
    name = 'vidocr_http_seconds_bucket{le="%s",method="GET",route="/v1/jobs/{id}"}'
    told = figures("# HELP x\n" + "\n".join(name % le + f" {n}" for le, n in BUCKETS) + "\nx 2.5\n")
    assert told["x"] == 2.5 and within(told, "0.05", "0.1") == "90.00%, 99.50%"
    assert within({}, "0.1") == "-"


BUCKETS = [("0.05", 180.0), ("0.1", 199.0), ("+Inf", 200.0)]


@pytest.mark.slow
def test_a_small_load_is_measured() -> None:
    cells = dict(zip(ROWS, measure(3, 2, 1, "--engine", "fake"), strict=True))
    assert "films 201: " in cells["answers"] and "pictures 200: " in cells["answers"]
    assert "'done'" in cells["jobs taken"] and "'failed'" not in cells["jobs taken"]
    assert "under" in cells["memory of all processes, MB"]
