"""The usual case: a value that has its shape, told in one pass and without a word about where or why.

Each shape becomes a function, made when a value is first held to it. A function that says yes is believed; when it
says no, `asl.checking.shapes` looks again and finds the faults. So the two can never report different things, and
a correct definition, by far the most common, costs a tenth.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from asl.checking.shapes import fits, plain_fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.checking.schemas import Accept, Later, Shape

_NOTHING: Final[Later] = []


def accepts(shape: Shape, value: object) -> bool:
    """Whether `faults` would find nothing wrong with the value. True is certain; False only asks for a closer look."""
    waiting: Later = [(shape, value)]
    while waiting:
        shape, value = waiting.pop()
        accept = shape.accept
        if accept is None:
            accept = shape.accept = _acceptor(shape)
        if not accept(value, waiting):
            return False
    return True


def _acceptor(shape: Shape) -> Accept:
    parts: list[Accept] = []
    plain = _plain(shape)
    if plain is not None:
        parts.append(plain)
    if shape.properties or shape.closed or shape.needed:
        parts.append(_fields(shape))
    if shape.items is not None:
        parts.append(_items(shape.items))
    if shape.one_of:
        parts.append(_one_of(frozenset(shape.one_of)))
    if shape.refused is not None:
        parts.append(_refused(shape.refused))
    parts += map(_acceptor, shape.every)
    if shape.branch is not None:
        parts.append(_branch(shape))
    return _all(parts)


def _all(parts: list[Accept]) -> Accept:
    match parts:
        case []:
            return _anything
        case [only]:
            return only
        case [first, second]:
            return lambda value, later: first(value, later) and second(value, later)
    several: Final = tuple(parts)

    def every(value: object, later: Later) -> bool:
        for part in several:  # noqa: SIM110  # a generator would cost more than what it runs
            if not part(value, later):
                return False
        return True

    return every


def _anything(_value: object, _later: Later) -> bool:
    return True


def _plain(shape: Shape) -> Accept | None:
    """What is asked of the value itself; None for nothing. Told at once is what most shapes ask for."""
    bounded = shape.minimum is not None or shape.maximum is not None
    asked = (shape.enum, shape.constant, shape.min_length, shape.min_items, shape.pattern)
    match shape.types, [index for index, value in enumerate(asked) if value]:
        case (), [] if not bounded:
            return None
        case ("object",) | ("array",) | ("boolean",), [] if not bounded:
            (kind,) = shape.classes
            return lambda value, _: type(value) is kind
        case ("string",), [] | [2] if not bounded:
            least = shape.min_length
            return lambda value, _: type(value) is str and len(value) >= least
        case ("string",), [4] if shape.pattern is not None and not bounded:
            search = shape.pattern.search
            return lambda value, _: type(value) is str and search(value) is not None
        case (), ([0] | [1]) as which if not bounded:
            words = frozenset(value for value in asked[which[0]] if type(value) is str)  # type: ignore[union-attr]
            return lambda value, _: (
                (type(value) is str and value in words) or plain_fault(shape, value) is None
            )
        case ("string", "null"), [4] if shape.pattern is not None and not bounded:
            search = shape.pattern.search
            return lambda value, _: value is None or (type(value) is str and search(value) is not None)
        case ("integer",) | ("number",), []:
            low = -math.inf if shape.minimum is None else shape.minimum
            high = math.inf if shape.maximum is None else shape.maximum
            return lambda value, _: (
                low <= value <= high if type(value) is int else plain_fault(shape, value) is None
            )
    return lambda value, _: plain_fault(shape, value) is None


def _fields(shape: Shape) -> Accept:
    needed, closed = shape.needed, shape.closed
    simple = {name: _acceptor(child) for name, child in shape.properties.items() if child.flat}
    simple |= dict.fromkeys(shape.excluded, _never)
    deep = {name: child for name, child in shape.properties.items() if name not in simple}

    def fields(value: object, later: Later) -> bool:
        if not isinstance(value, dict):
            return True
        if not needed <= value.keys():
            return False
        for name, item in value.items():
            accept = simple.get(name)
            if accept is not None:
                if not accept(item, later):
                    return False
            elif name in deep:
                later.append((deep[name], item))
            elif closed:
                return False
        return True

    return fields


def _never(_value: object, _later: Later) -> bool:
    return False


def _items(shape: Shape) -> Accept:
    if shape.flat:
        accept = _acceptor(shape)

        def flat(value: object, later: Later) -> bool:
            if isinstance(value, list):
                for item in value:
                    if not accept(item, later):
                        return False
            return True

        return flat

    def deep(value: object, later: Later) -> bool:
        if isinstance(value, list):
            for item in value:
                later.append((shape, item))  # a list is mostly short
        return True

    return deep


def _one_of(names: frozenset[str]) -> Accept:
    return lambda value, _: not isinstance(value, dict) or len(value.keys() & names) == 1


def _refused(shape: Shape) -> Accept:
    is_refused = _condition(shape)
    return lambda value, _: not (isinstance(value, dict) and is_refused(value))


def _branch(shape: Shape) -> Accept:
    branch = shape.branch
    assert branch is not None  # noqa: S101
    holds = _condition(branch.when)
    then = _anything if branch.then is None else _acceptor(branch.then)
    otherwise = _anything if branch.otherwise is None else _acceptor(branch.otherwise)
    if branch.then is None:  # mostly the value is what it should be, and seldom a placeholder for that
        return lambda value, later: otherwise(value, later) or holds(value)
    return lambda value, later: then(value, later) if holds(value) else otherwise(value, later)


def _condition(shape: Shape) -> Callable[[object], bool]:
    """`fits` as a function of its own."""
    if shape.refused is None and not shape.properties:
        plain = _plain(shape)
        if not shape.required and plain is not None:
            return lambda value: plain(value, _NOTHING)
        if plain is None:
            needed = frozenset(shape.required)
            return lambda value: not isinstance(value, dict) or needed <= value.keys()
    return lambda value: fits(shape, value)
