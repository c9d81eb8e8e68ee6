"""What the document of the API says is what the service answers, whatever it is sent."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.serving import Server, make_film

pytestmark = pytest.mark.slow

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
OFTEN = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tmp_path_factory.mktemp("schema")


@pytest.fixture(scope="module")
def server(folder: Any) -> Iterator[Server]:
    with Server(folder / "data", "--engine", "fake", "--root", str(folder)) as running:
        yield running


@pytest.fixture(scope="module")
def done(server: Server, folder: Any) -> str:
    job = server.ended(server.job(make_film(folder / "film.mp4")))
    assert job["state"] == "done"
    return str(job["id"])


@pytest.fixture(scope="module")
def api(server: Server) -> Any:
    return schemathesis.openapi.from_url(f"{server.client.base_url}/openapi.json")


def ask_all(api: Any, id: str | None) -> list[str]:
    """Ask every operation many things, right ones and wrong; about one job, if it is given."""
    asked = []
    for operation in api.get_all_operations():
        case_of = operation.ok()
        about_a_job = "{id}" in case_of.path
        if id and (not about_a_job or case_of.method == "delete"):
            continue
        modes = [mode for mode in GenerationMode if mode in case_of.schema.config.generation.modes]

        @OFTEN
        @given(case=st.one_of(*(case_of.as_strategy(mode) for mode in modes)))
        def ask(case: Any) -> None:
            if id:
                case.path_parameters["id"] = id
            case.call_and_validate(checks=CHECKS)

        ask()
        asked.append(case_of.label)
    return asked


def test_no_answer_is_undocumented(api: Any) -> None:
    asked = ask_all(api, None)
    assert len(asked) == len(set(asked)) >= 20


def test_no_answer_about_a_job_is_undocumented(api: Any, done: str) -> None:
    assert len(ask_all(api, done)) >= 10
