"""Calls of the language with the wrong arguments, reported as mistakes in a workflow are."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from asl.words import did_you_mean, listed
from dsl.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from inspect import Signature

P = ParamSpec("P")
T = TypeVar("T")


def explained(function: Callable[P, T]) -> Callable[P, T]:
    """Let a call with unknown, missing or too many arguments raise a `DefinitionError` that says which.

    The signature stays that of the function, for `help()`, editors and type checkers. `**options: Unpack[TaskOptions]`
    takes what that class in `dsl.options` names, and nothing else.
    """
    options, shared = _shared_options(function)
    code = function.__code__
    names = {*code.co_varnames[: code.co_argcount + code.co_kwonlyargcount], *shared}

    @wraps(function)
    def explaining(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            if shared and not kwargs.keys() <= names:
                raise TypeError  # what Python itself raises where the options are spelt out
            return function(*args, **kwargs)
        except TypeError:
            fault = _misfit(function, args, kwargs)
            if fault is None:
                raise
            state = args[0] if args and isinstance(args[0], str) else kwargs.get("name")
            raise DefinitionError(fault, state=state if isinstance(state, str) else None) from None

    if shared:
        described = f"{options} in `dsl.options` describes the options: {', '.join(shared)}."
        explaining.__doc__ = f"{(function.__doc__ or '').rstrip()}\n\n    {described}\n"
    return explaining


def _shared_options(function: Callable[..., object]) -> tuple[str, Iterable[str]]:
    """Return the name of the class that `**options: Unpack[...]` takes its names from, and those; nothing for none.

    The module of the function imports the class not only for type checkers.
    """
    annotation = str(function.__annotations__.get("options", ""))
    if not annotation.startswith("Unpack["):
        return "", ()
    name = annotation.removeprefix("Unpack[").removesuffix("]")
    return name, function.__globals__[name].__annotations__


def signature_of(function: Callable[..., object]) -> Signature:
    """Return the signature of a function, with the options that it shares spelt out."""
    from inspect import Parameter, signature, unwrap  # only who made a mistake waits for it

    found = signature(function)
    _, names = _shared_options(unwrap(function))
    shared = [Parameter(name, Parameter.KEYWORD_ONLY, default=None) for name in names]
    own = [known for known in found.parameters.values() if not (shared and known.kind is known.VAR_KEYWORD)]
    return found.replace(parameters=own + shared)


def _misfit(
    function: Callable[..., object], args: tuple[object, ...], kwargs: Mapping[str, object]
) -> str | None:
    """Return what keeps the arguments from being those of the function; None where they are."""
    parameters = signature_of(function).parameters.values()
    by_position = [known.name for known in parameters if known.kind is known.POSITIONAL_OR_KEYWORD]
    by_name = [known.name for known in parameters if known.kind is known.KEYWORD_ONLY]
    takes_more = {known.kind.name for known in parameters}
    known = [name for name in by_position + by_name if name != "self"]
    filled = by_position[: len(args)]
    called = _name(function)
    unknown = [] if "VAR_KEYWORD" in takes_more else [name for name in kwargs if name not in known]
    if unknown:
        return f"{called}() takes no {unknown[0]}={_meant(unknown[0], known)}"
    required = [known.name for known in parameters if known.default is known.empty]
    missing = [name for name in required if name in known and name not in (*filled, *kwargs)]
    if missing:
        return f"{called}() needs {listed([f'{name}=' for name in missing])}"
    if len(args) > len(by_position) and "VAR_POSITIONAL" not in takes_more:
        named = listed([f"{name}=" for name in by_name])
        count = len(by_position) - ("self" in by_position)
        others = f" by position; name the others ({named})" if named else ""
        return f"{called}() takes {count} {'argument' if count == 1 else 'arguments'}{others}"
    twice = sorted({*filled} & kwargs.keys())
    return f"{called}() is given {listed(twice)} twice{_other_name(twice, known)}" if twice else None


def _other_name(twice: list[str], known: list[str]) -> str:
    """Return which name may be meant, where a state's is given and another one."""
    others = [name for name in ("execution_name", "schedule", "job") if name in known]
    if twice != ["name"]:
        return ""
    return f": its first argument is the name of the state{f', and {others[0]}= that other one' if others else ''}"


_SYNONYMS = {
    "timeout_seconds": "timeout",
    "heartbeat_seconds": "heartbeat",
    "retries": "retry",
    "default": "otherwise",
    "next": "to",
    "result_path": "into",
    "result": "output",
    "concurrency": "max_concurrency",
    "role": "credentials",
    "delay": "seconds",
    "input": "data",
    "payload": "data",
    "body": "message",
    "max_items_per_batch": "max_items",
    "batch": "batcher",
    "batching": "batcher",
    "response": "answer",
}
"""What people call options whose name here is another: words of AWS, of CDK, of habit."""


def _meant(name: str, options: list[str]) -> str:
    synonym = _SYNONYMS.get(name)
    return f" (did you mean {synonym!r}?)" if synonym in options else did_you_mean(name, options)


def _name(function: Callable[..., object]) -> str:
    """Return what an author calls: the class, where the function makes its objects."""
    parts = function.__qualname__.split(".")
    return parts[-2] if parts[-1] == "__init__" else parts[-1]
