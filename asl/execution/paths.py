"""Evaluating JSONPath as the service does, which uses Jayway's implementation.

A definite path gives one value; any other gives the list of what it matches, which may be empty. Jayway's own words
for a path that leads nowhere reach the causes of executions, so they are repeated here.
https://github.com/json-path/JsonPath
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from asl.expressions.jsonpath import Path, PathFault, PathStep, read_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ABSENT: Final[Any] = type("Absent", (), {"__repr__": lambda _: "ABSENT"})()
"""What a path to an item past the end of a list gives: null in a template, nothing everywhere else."""


class PathMissing(LookupError):  # noqa: N818 - what was found, not a fault of this program
    """A path leads to nothing; the reason is Jayway's sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PathReader:
    """A path that can be evaluated over and over."""

    __slots__ = ("root", "steps", "text", "walk")

    def __init__(self, path: Path) -> None:
        self.text = path.text
        self.root = path.root
        self.steps = path.steps
        self.walk: Callable[[Any, Any], Any]
        """Evaluate it: `walk(value at its root, root of the input)`. Raises PathMissing."""
        if path.is_reference:
            self.walk = _straight(tuple(step.value for step in path.steps))
        else:
            self.walk = self._general

    @property
    def reference(self) -> tuple[str | int, ...]:
        """The names and indexes of a reference path."""
        return tuple(step.value for step in self.steps)

    def _general(self, value: Any, root: Any) -> Any:
        steps = list(self.steps)
        function = steps.pop() if steps and steps[-1].kind == "function" else None
        multiple = _names(steps[-1]) if steps and steps[-1].kind == "names" else None
        definite = all(step.kind in ("name", "index") for step in (steps[:-1] if multiple else steps))
        if multiple is not None and definite:
            found = _straight(tuple(step.value for step in steps[:-1]))(value, root)
            if not isinstance(found, dict):
                raise PathMissing(_no_object(f"'{multiple[0]}'", _canonical(steps[:-1]), found))
            result: Any = {name: found[name] for name in multiple if name in found}
        elif definite:
            result = _straight(tuple(step.value for step in steps))(value, root)
        else:
            result = list(_matches(steps, 0, value, root, definite=True))
        if function is None:
            return result
        from asl.execution.pathfunctions import call

        return call(str(function.value), self.text, result)


@lru_cache(maxsize=16_384)
def compile_path(text: str) -> PathReader:
    """Prepare a path.

    Raises:
        ValueError: the text is not a path; the message says why.
    """
    path = read_path(text)
    if isinstance(path, PathFault):
        raise ValueError(f"{text} is not a path: {path.reason}")
    return PathReader(path)


def _in_filter(text: str) -> Callable[[Any, Any], Any]:
    """Return a path within a filter."""
    walk = compile_path(text).walk

    def read(value: Any, root: Any) -> Any:
        found = walk(value, root)
        if found is ABSENT:
            raise PathMissing(text)
        return found

    return read


def _straight(steps: tuple[str | int, ...]) -> Callable[[Any, Any], Any]:
    """Follow names and indexes."""
    last = len(steps) - 1

    def walk(value: Any, _root: Any) -> Any:
        for i, step in enumerate(steps):
            if isinstance(step, str):
                if not isinstance(value, dict):
                    raise PathMissing(_no_object(f"'{step}'", _plain(steps[:i]), value))
                if step not in value:
                    raise PathMissing(
                        f"No results for path: {_plain(steps)}"
                        if i == last
                        else f"Missing property in path {_plain(steps[: i + 1])}"
                    )
                value = value[step]
            else:
                if not isinstance(value, list):
                    raise PathMissing(
                        f"Filter: [{step}] can only be applied to arrays. Current context is: {value}"
                    )
                if not -len(value) <= step < len(value):
                    if i == last:
                        return ABSENT
                    raise PathMissing(f"No results for path: {_plain(steps)}")
                value = value[step]
        return value

    return walk


def _matches(steps: Sequence[PathStep], at: int, value: Any, root: Any, *, definite: bool) -> Iterator[Any]:
    """Yield everything that the steps from `at` on match; `definite` while no step so far matched several things."""
    if at == len(steps):
        yield value
        return
    step = steps[at]
    if step.kind == "deep":
        for node in _descendants(value):
            yield from _matches(steps, at + 1, node, root, definite=False)
        return
    several = step.kind != "name" and step.kind != "index"
    for part in _parts(steps, at, value, root, strict=definite):
        yield from _matches(steps, at + 1, part, root, definite=definite and not several)


def _parts(steps: Sequence[PathStep], at: int, value: Any, root: Any, *, strict: bool) -> Iterator[Any]:
    step = steps[at]
    match step.kind:
        case "name":
            if isinstance(value, dict) and step.value in value:
                yield value[step.value]
            elif strict and isinstance(value, dict):
                raise PathMissing(f"Missing property in path {_canonical(steps[: at + 1])}")
            elif strict:
                raise PathMissing(_no_object(f"'{step.value}'", _canonical(steps[:at]), value))
        case "names":
            if isinstance(value, dict):
                yield from (value[name] for name in _names(step) if name in value)
        case "wildcard":
            if isinstance(value, dict):
                yield from value.values()
            elif isinstance(value, list):
                yield from value
        case "index" | "indexes":
            if isinstance(value, list):
                for index in (int(word) for word in str(step.value).split(",")):
                    if -len(value) <= index < len(value):
                        yield value[index]
        case "slice":
            if isinstance(value, list):
                ends = [int(word) if word.strip() else None for word in str(step.value).split(":")]
                yield from value[slice(*ends)]
        case "filter":
            from asl.execution.filters import compile_filter  # few paths have one

            test = compile_filter(str(step.value), _in_filter)
            if isinstance(value, list):
                yield from (item for item in value if test(item, root))
            elif isinstance(value, dict) and test(value, root):
                yield value


def _descendants(value: Any) -> Iterator[Any]:
    """Yield a value and all that lies in it, parents first."""
    yield value
    if isinstance(value, (dict, list)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _descendants(part)


_QUOTED: Final = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""", re.DOTALL)


def _names(step: PathStep) -> list[str]:
    found = (one or other for one, other in _QUOTED.findall(str(step.value)))
    return [re.sub(r"\\(.)", r"\1", name, flags=re.DOTALL) for name in found]


def _plain(steps: Sequence[str | int]) -> str:
    return "$" + "".join(f"['{step}']" if isinstance(step, str) else f"[{step}]" for step in steps)


def _canonical(steps: Sequence[PathStep]) -> str:
    words = (
        f"['{step.value}']" if step.kind == "name" else ".." if step.kind == "deep" else f"[{step.value}]"
        for step in steps
    )
    return "$" + "".join(words)


_JAVA: Final = {str: "String", bool: "Boolean", int: "Integer", float: "Double"}


def _no_object(name: str, where: str, value: Any) -> str:
    kind = (
        "net.minidev.json.JSONArray" if isinstance(value, list) else f"java.lang.{_JAVA.get(type(value), '')}"
    )
    found = "null" if value is None else f"'{kind}'"
    return (
        f"Expected to find an object with property [{name}] in path {where} but found {found}. This is not a json "
        "object according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JsonSmartJsonProvider'."
    )
