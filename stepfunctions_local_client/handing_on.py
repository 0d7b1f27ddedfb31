"""Where a task that waits hands on its token, and how the token is found in what the task was called with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stepfunctions_local_client.masking import Secret
from stepfunctions_local_client.values import Json, as_text, follow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stepfunctions_local_client.definitions import StateView

_TOKENS: Final = ("$$.Task.Token", "$states.context.Task.Token")
_FORMAT: Final = re.compile(r"States\.Format\(\s*'((?:[^'\\]|\\.)*)'\s*,(.*)\)\s*\Z", re.DOTALL)
# AWS's tokens are one run of several hundred base64 characters, an emulator's are UUIDs.
_LIKE_ONE: Final = re.compile(
    r"[A-Za-z0-9+/=_-]{100,}|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
)
_Path = tuple[str | int, ...]


def handed_on(view: StateView, parameters: Json) -> Secret | None:
    """Return the token in what a task was called with, alone in a field or inside of a text; None if there is none."""
    for path, written in _mentions(view.document.get("Parameters", view.document.get("Arguments")), ()):
        value = follow(parameters, path)
        if not isinstance(value, str):
            continue
        token = value if _is_alone(written) else _inside(written, value)
        if token is not None:
            return Secret(token)
    return None


def token_path(view: StateView) -> _Path | None:
    """Return where in a task's parameters the token stands, alone in a field; None where it does not."""
    found = _mentions(view.document.get("Parameters", view.document.get("Arguments")), ())
    return next((path for path, written in found if _is_alone(written)), None)


def _mentions(value: Json, at: _Path) -> Iterator[tuple[_Path, str]]:
    """Yield every field whose text speaks of the token."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _mentions(item, (*at, key.removesuffix(".$")))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _mentions(item, (*at, index))
    elif isinstance(value, str) and any(token in value for token in _TOKENS):
        yield at, value


def _is_alone(written: str) -> bool:
    return written.removeprefix("{%").removesuffix("%}").strip() in _TOKENS


def _inside(written: str, value: str) -> str | None:
    found = _FORMAT.match(written.strip())
    if found is not None:
        arguments = [argument.strip() for argument in found[2].split(",")]
        if arguments.count(_TOKENS[0]) == 1 and as_text(found[1]).count("{}") == len(arguments):
            parts = [re.escape(part) for part in found[1].split("{}")]
            groups = [parts[0]]
            for argument, part in zip(arguments, parts[1:], strict=True):
                groups += ["(.+?)" if argument == _TOKENS[0] else ".*?", part]
            match = re.fullmatch("".join(groups), value, re.DOTALL)
            if match is not None:
                return match[1]
    candidates = set(_LIKE_ONE.findall(value))
    return candidates.pop() if len(candidates) == 1 else None
