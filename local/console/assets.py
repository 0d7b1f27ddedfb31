"""The page and the files that it loads.

The address of a file names the state of all of them, so that a browser keeps the file, and what it compiled of a
script, without asking for it again. Scripts import one another by their names alone: the state is a folder's name.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

from local.console.pictures import MACHINES, picture, picture_rules

if TYPE_CHECKING:
    from starlette.requests import Request

_STATIC = files("local.console") / "static"
_TYPES = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
_PLACE = "/static/"
ROUTE = f"{_PLACE}{{state}}/{{name}}"


@cache
def page_text() -> str:
    """Return the page, with the pictures of both workflows in it."""
    text = (_STATIC / "page.html").read_text("utf-8")
    for machine in MACHINES:
        text = text.replace(f"<!-- picture: {machine} -->", picture(machine))
    return text.replace(f'"{_PLACE}', f'"{address("")}')


def address(name: str) -> str:
    """Return the path of a file that the page loads."""
    return f"{_PLACE}{_state()}/{name}"


async def asset(request: Request) -> Response:
    """Return one of the page's files."""
    name = str(request.path_params["name"])
    if name not in _texts() or request.path_params["state"] != _state():
        return PlainTextResponse("There is no such file.", 404)
    # A year, which is as good as for ever (RFC 9111 and RFC 8246).
    kept = {"cache-control": "max-age=31536000, immutable"}
    return Response(_texts()[name], media_type=_TYPES[name.rpartition(".")[2]], headers=kept)


@cache
def _texts() -> dict[str, str]:
    """Return the files by their names."""
    found = {entry.name: entry for entry in _STATIC.iterdir() if entry.name.rpartition(".")[2] in _TYPES}
    return {name: entry.read_text("utf-8") for name, entry in found.items()} | {
        "pictures.css": picture_rules()
    }


@cache
def _state() -> str:
    return hashlib.sha256(repr(sorted(_texts().items())).encode()).hexdigest()[:16]
