"""Which model of an OpenAI-compatible server is meant."""

from __future__ import annotations

import json
from pathlib import Path

from vidocr.errors import UsageError
from vidocr.ocr.endpoint import PASSING, Endpoint

_SHOWN = 5


def model_at(endpoint: Endpoint, wanted: str) -> str:
    """The model's name at the server, once it is sure to be there.

    Args:
        endpoint: of the server.
        wanted: the name; empty for the only one that the server has.

    Raises:
        UsageError: it has to be named.
        VidocrError: ``endpoint.manner.missing``: the server can't be reached, refuses the key or
            lacks the model; ``endpoint.manner.failed``: it fails at telling its models.
    """
    listed = _listed(endpoint, wanted)
    # Ollama adds a tag to a name. Transformers serve takes folders, which it doesn't list.
    known = not listed or {wanted, f"{wanted}:latest"} & {*listed}
    if wanted and (known or Path(wanted).is_dir()):
        return wanted
    if len(listed) == 1 and not wanted:
        return listed[0]
    flag = endpoint.manner.model
    some = ", ".join(endpoint.safe(name) for name in listed[:_SHOWN])
    some += ", ..." if len(listed) > _SHOWN else ""
    if wanted:
        raise endpoint.manner.missing(
            f"server {endpoint.url}: it has no model {wanted!r}; give one that it has with "
            f"{flag}: {some}"
        )
    has = f"has several models: {some}" if listed else "doesn't say which models it has"
    raise UsageError(f"server {endpoint.url}: it {has}; name the one to use with {flag}")


def _listed(endpoint: Endpoint, wanted: str) -> list[str]:
    """The names of the server's models; none where it keeps no list."""
    # Nobody is there, or the certificate is wrong: that does not pass in seconds.
    retries = endpoint.retries.new(connect=0, other=0, status_forcelist=PASSING - {500})
    response = endpoint.send("GET", "/models", retries)
    if response.status in (404, 500):  # transformers serve fails where it has no cache
        return []
    endpoint.check(response, wanted)
    try:
        return [str(each["id"]) for each in json.loads(response.data)["data"]]
    except (ValueError, LookupError, TypeError) as error:
        raise endpoint.manner.missing(
            f"server {endpoint.url}: it is no OpenAI-compatible server (/models gives "
            f"{endpoint.safe(response.data)!r}); check {endpoint.manner.url}"
        ) from error
