"""States in JSONata, the query language that replaces paths by expressions.

    from dsl import jsonata

    total = jsonata.pass_("Total", output={"total": jsonata.expression("$sum($states.input.prices)")})
    big = jsonata.choice("Big?", (jsonata.expression("$states.input.total > 100"), ask), otherwise=ship)

They stand beside states with paths in one machine, or make up a machine whose `query_language` is JSONata. What an
expression reads is not typed; the checker parses each, and knows the functions, the variables and `$states`.
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

from dsl.errors import DefinitionError
from dsl.states.written import Written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Unpack

    from dsl.states.catching import Retry
    from dsl.states.wiring import Target
    from dsl.values.expressions import Json

QUERY_LANGUAGE: Final = "JSONata"


class Fields(TypedDict, total=False):
    """What JSONata states of every kind take."""

    output: Json
    assign: Mapping[str, Json]
    comment: str | None


def expression(text: str) -> str:
    """The text as Step Functions tells an expression from a plain string: between `{%` and `%}`.

    Raises:
        DefinitionError: the text is empty, or has the delimiters already.
    """
    if not text.strip() or "{%" in text or "%}" in text:
        raise DefinitionError(f"{text!r} is no JSONata expression; write it without the delimiters")
    return f"{{% {text.strip()} %}}"


def _state(name: str, kind: str, fields: Mapping[str, Json], options: Fields) -> Written:
    written: dict[str, Json] = {"QueryLanguage": QUERY_LANGUAGE, **fields}
    if "output" in options:
        written["Output"] = options["output"]
    if options.get("assign"):
        written["Assign"] = dict(options["assign"])
    return Written(name, kind, written, comment=options.get("comment"))


def task(
    name: str,
    resource: str,
    arguments: Json = None,
    *,
    timeout: int | str | None = None,
    heartbeat: int | str | None = None,
    retry: Sequence[Retry] = (),
    **options: Unpack[Fields],
) -> Written:
    """A task; `timeout` and `heartbeat` are seconds or expressions of them."""
    fields: dict[str, Json] = {"Resource": resource}
    if arguments is not None:
        fields["Arguments"] = arguments
    if timeout is not None:
        fields["TimeoutSeconds"] = timeout
    if heartbeat is not None:
        fields["HeartbeatSeconds"] = heartbeat
    if retry:
        fields["Retry"] = [retrier.asl() for retrier in retry]
    return _state(name, "Task", fields, options)


def pass_(name: str, **options: Unpack[Fields]) -> Written:
    """A state that makes its output."""
    return _state(name, "Pass", {}, options)


def choice(
    name: str, *rules: tuple[str, Target], otherwise: Target | None, **options: Unpack[Fields]
) -> Written:
    """A state that goes on with the first rule whose expression is true, or with `otherwise`.

    Raises:
        DefinitionError: there is no rule.
    """
    state = _state(name, "Choice", {}, options)
    if not rules:
        raise state._error("it has no rule; give at least one pair of an expression and a target")
    for condition, target in rules:
        state.rule({"Condition": condition}, target)
    return state if otherwise is None else state.otherwise(otherwise)


def wait(
    name: str, *, seconds: int | str | None = None, until: str | None = None, **options: Unpack[Fields]
) -> Written:
    """A state that lets seconds pass, or waits until a time.

    Raises:
        DefinitionError: both or neither is given.
    """
    if (seconds is None) == (until is None):
        raise DefinitionError("give either seconds= or until=", state=name)
    return _state(name, "Wait", {"Seconds": seconds} if until is None else {"Timestamp": until}, options)


def succeed(name: str, **options: Unpack[Fields]) -> Written:
    """A state that ends the execution well."""
    return _state(name, "Succeed", {}, options)


def fail(name: str, *, error: str, cause: str, comment: str | None = None) -> Written:
    """A state that ends the execution as failed."""
    return _state(name, "Fail", {"Error": error, "Cause": cause}, {"comment": comment})


def parallel(name: str, *branches: Target, arguments: Json = None, **options: Unpack[Fields]) -> Written:
    """A state that runs branches side by side.

    Raises:
        DefinitionError: there is no branch.
    """
    state = _state(name, "Parallel", {} if arguments is None else {"Arguments": arguments}, options)
    if not branches:
        raise state._error("it has no branch; give at least one state to start with")
    for branch in branches:
        state.branch(branch)
    return state


def map_(
    name: str,
    process: Target,
    *,
    items: Json = None,
    item: Mapping[str, Json] | None = None,
    max_concurrency: int | str | None = None,
    **options: Unpack[Fields],
) -> Written:
    """A state that runs the states from `process` on once for each of the items: a list, or an expression of one."""
    fields: dict[str, Json] = {}
    if items is not None:
        fields["Items"] = items
    if item is not None:
        fields["ItemSelector"] = dict(item)
    if max_concurrency is not None:
        fields["MaxConcurrency"] = max_concurrency
    return _state(name, "Map", fields, options).processor(process, {"ProcessorConfig": {"Mode": "INLINE"}})
