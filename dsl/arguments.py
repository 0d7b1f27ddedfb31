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
    signature = signature_of(function)
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        pass
    else:
        return None
    called = _name(function)
    known = [name for name in signature.parameters if name != "self"]
    by_name = {
        name
        for name, parameter in signature.parameters.items()
        if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    }
    unknown = [name for name in kwargs if name not in by_name]
    if unknown:
        return f"{called}() takes no {unknown[0]}={_meant(unknown[0], [n for n in known if n in by_name])}"
    given = signature.bind_partial(
        *args[: _positions(signature)], **_not_given_twice(signature, args, kwargs)
    )
    missing = [
        name
        for name, parameter in signature.parameters.items()
        if name not in given.arguments
        and parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if missing:
        return f"{called}() needs {listed([f'{name}=' for name in missing])}"
    if len(args) > _positions(signature):
        named = listed([f"{n}=" for n, p in signature.parameters.items() if p.kind is p.KEYWORD_ONLY])
        count = _positions(signature, called=True)
        others = f" by position; name the others ({named})" if named else ""
        return f"{called}() takes {count} {'argument' if count == 1 else 'arguments'}{others}"
    twice = sorted(set(_taken(signature, args)) & kwargs.keys())
    return f"{called}() is given {listed(twice)} twice{_other_name(twice, known)}"


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


def _positions(signature: Signature, *, called: bool = False) -> int:
    """How many arguments can be given by position; without `self`, if that is how an author sees it."""
    from inspect import Parameter

    kinds = [parameter.kind for parameter in signature.parameters.values()]
    if Parameter.VAR_POSITIONAL in kinds:
        return 1_000_000
    count = sum(kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD) for kind in kinds)
    return count - (called and "self" in signature.parameters)


def _taken(signature: Signature, args: tuple[object, ...]) -> list[str]:
    return list(signature.parameters)[: len(args)]


def _not_given_twice(
    signature: Signature, args: tuple[object, ...], kwargs: Mapping[str, object]
) -> dict[str, object]:
    taken = _taken(signature, args)
    return {name: value for name, value in kwargs.items() if name not in taken}
