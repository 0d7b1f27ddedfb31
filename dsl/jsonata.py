"""States in JSONata, the query language that replaces paths by expressions.

    from dsl import jsonata

    total = jsonata.pass_("Total", output={"total": jsonata.expression("$sum($states.input.prices)")})
    big = jsonata.choice("Big?", (jsonata.expression("$states.input.total > 100"), ask), otherwise=ship)

They stand beside states with paths in one machine, or make up a machine whose `query_language` is JSONata. What an
expression reads is not typed; the checker parses each, and knows the functions, the variables and `$states`.
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsl.arguments import explained
from dsl.errors import DefinitionError
from dsl.options import JsonataOptions, Retries, RetryableJsonataOptions
from dsl.states.retryable import check_catcher, retriers
from dsl.states.written import Fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self, Unpack

    from dsl.permissions.policy import Permission
    from dsl.states.wiring import Target
    from dsl.values.expressions import Json

QUERY_LANGUAGE: Final = "JSONata"


def expression(text: str) -> str:
    """Return the text as Step Functions tells an expression from a plain string: between `{%` and `%}`.

    Raises:
        DefinitionError: the text is empty, or has the delimiters already.
    """
    if not isinstance(text, str):
        raise DefinitionError(
            f"{text!r} is no text of a JSONata expression; write what it reads, such as '$states.input.orderId'"
        )
    if not text.strip() or "{%" in text or "%}" in text:
        raise DefinitionError(f"{text!r} is no JSONata expression; write it without the delimiters")
    return f"{{% {text.strip()} %}}"


class Jsonata(Fields):
    """A state in JSONata; use the functions of this module."""

    def __init__(
        self,
        name: str,
        kind: str,
        fields: Mapping[str, Json],
        *,
        output: Json = None,
        assign: Mapping[str, Json] | None = None,
        retry: Retries = (),
        comment: str | None = None,
        permissions: Sequence[Permission] | None = None,
    ) -> None:
        known = {key: value for key, value in fields.items() if value is not None}
        written: dict[str, Json] = {"QueryLanguage": QUERY_LANGUAGE, **known}
        if output is not None:
            written["Output"] = output
        if assign:
            written["Assign"] = dict(assign)
        super().__init__(name, kind, written, permissions=permissions, comment=comment)
        tried = retriers(retry, self)
        if tried:
            self.fields["Retry"] = [retrier.asl() for retrier in tried]

    def catch(
        self,
        *errors: str | Mapping[str, Json],
        to: Target,
        output: Json = None,
        assign: Mapping[str, Json] | None = None,
    ) -> Self:
        """Go on at `to` when one of the errors ends the retries.

        `output` is what goes on then (the error where there is none), `assign` variables; `$states.errorOutput` has
        the error in both.

        Raises:
            DefinitionError: no error is named, one is caught already, or `States.ALL` is not the last and alone.
        """
        written: dict[str, Json] = {}
        named: list[str] = []
        for error in errors:
            if isinstance(error, str):
                named.append(error)
            else:  # a catcher as the States Language has it
                written |= error
        listed = written.pop("ErrorEquals", None)
        named += [str(error) for error in listed] if isinstance(listed, list) else []
        check_catcher(self, named, self._caught())
        if output is not None:
            written["Output"] = output
        if assign:
            written["Assign"] = dict(assign)
        return self._catch({"ErrorEquals": [*named], **written}, to)

    def _caught(self) -> set[str]:
        known = (catcher.get("ErrorEquals") for catcher, _ in self._catchers)
        return {str(error) for errors in known if isinstance(errors, list) for error in errors}


@explained
def task(
    name: str,
    resource: str,
    arguments: Json = None,
    *,
    timeout: int | str | None = None,
    heartbeat: int | str | None = None,
    credentials: Json = None,
    permissions: Sequence[Permission] | None = None,
    **options: Unpack[RetryableJsonataOptions],
) -> Jsonata:
    """Return a task; `timeout` and `heartbeat` are seconds or expressions of them.

    What its role needs follows from the resource and the arguments; `permissions` is for those that do not say it.
    """
    fields: dict[str, Json] = {
        "Resource": resource,
        "Arguments": arguments,
        "TimeoutSeconds": timeout,
        "HeartbeatSeconds": heartbeat,
        "Credentials": credentials,
    }
    return Jsonata(name, "Task", fields, permissions=permissions, **options)


@explained
def pass_(name: str, **options: Unpack[JsonataOptions]) -> Jsonata:
    """Return a state that makes its output."""
    return Jsonata(name, "Pass", {}, **options)


@explained
def choice(
    name: str,
    *rules: tuple[str, Target],
    otherwise: Target | None,
    **options: Unpack[JsonataOptions],
) -> Jsonata:
    """Return a state that goes on with the first rule whose expression is true, or with `otherwise`.

    Raises:
        DefinitionError: there is no rule, or one is no pair of an expression and a target.
    """
    state = Jsonata(name, "Choice", {}, **options)
    if not rules:
        raise state.mistake("it has no rule; give at least one pair of an expression and a target")
    for rule in rules:
        if not _is_rule(rule):
            raise state.mistake(
                f"{rule!r} is no rule; write a pair of a jsonata.expression('...') and a target"
            )
        state.rule({"Condition": rule[0]}, rule[1])
    return state if otherwise is None else state.otherwise(otherwise)


def _is_rule(rule: object) -> bool:
    return isinstance(rule, tuple) and len(rule) == 2 and isinstance(rule[0], str)


@explained
def wait(
    name: str,
    *,
    seconds: int | str | None = None,
    until: str | None = None,
    **options: Unpack[JsonataOptions],
) -> Jsonata:
    """Return a state that lets seconds pass, or waits until a time.

    Raises:
        DefinitionError: both or neither is given.
    """
    if (seconds is None) == (until is None):
        raise DefinitionError("give either seconds= or until=", state=name)
    return Jsonata(name, "Wait", {"Seconds": seconds, "Timestamp": until}, **options)


@explained
def succeed(name: str, *, output: Json = None, comment: str | None = None) -> Jsonata:
    """Return a state that ends the execution well."""
    return Jsonata(name, "Succeed", {}, output=output, comment=comment)


@explained
def fail(name: str, *, error: str, cause: str, comment: str | None = None) -> Jsonata:
    """Return a state that ends the execution as failed."""
    return Jsonata(name, "Fail", {"Error": error, "Cause": cause}, comment=comment)


@explained
def parallel(
    name: str,
    *branches: Target,
    arguments: Json = None,
    **options: Unpack[RetryableJsonataOptions],
) -> Jsonata:
    """Return a state that runs branches side by side.

    Raises:
        DefinitionError: there is no branch.
    """
    state = Jsonata(name, "Parallel", {"Arguments": arguments}, **options)
    if not branches:
        raise state.mistake("it has no branch; give at least one state to start with")
    for branch in branches:
        state.branch(branch)
    return state


@explained
def map_(
    name: str,
    process: Target,
    *,
    items: Json = None,
    item: Mapping[str, Json] | None = None,
    max_concurrency: int | str | None = None,
    **options: Unpack[RetryableJsonataOptions],
) -> Jsonata:
    """Return a state that runs the states from `process` on once for each of the items: a list, or an expression
    of one."""
    fields: dict[str, Json] = {
        "Items": items,
        "ItemSelector": None if item is None else dict(item),
        "MaxConcurrency": max_concurrency,
    }
    state = Jsonata(name, "Map", fields, **options)
    state.processor(process, {"ProcessorConfig": {"Mode": "INLINE"}})
    return state
