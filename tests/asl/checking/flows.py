"""Short ways to write a machine for the tests that follow its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from asl.checking import validate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.checking import Diagnostic

Fields: TypeAlias = "Mapping[str, object]"
State: TypeAlias = "dict[str, object]"

CODES = ("PATH_NEVER_THERE", "PATH_MISSING_ON_ROUTE")
LAMBDA = "arn:aws:lambda:eu-west-1:123456789012:function:brew"
CATCH_ALL = ["States.ALL"]


def machine(**states: Fields) -> dict[str, object]:
    """Return a machine that starts at the first state. Each leads to the one after it, and the last ends."""
    names = list(states)
    finished: dict[str, object] = {}
    for name, following in zip(names, [*names[1:], None], strict=True):
        state = dict(states[name])
        leads = {"Next", "End"} & set(state) or state["Type"] in ("Choice", "Succeed", "Fail")
        if not leads:
            state |= {"End": True} if following is None else {"Next": following}
        finished[name] = state
    return {"StartAt": names[0], "States": finished}


def jsonata(**states: Fields) -> dict[str, object]:
    """Return the same in JSONata."""
    return {"QueryLanguage": "JSONata", **machine(**states)}


def passing(**fields: object) -> State:
    return {"Type": "Pass", **fields}


def given(*fields: str) -> State:
    """Return a state after which the data has just these fields, of which nothing else is known."""
    return passing(Parameters={f"{name}.$": f"$.{name}" for name in fields})


def function(**fields: object) -> State:
    return {"Type": "Task", "Resource": LAMBDA, **fields}


def task(call: str, **fields: object) -> State:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{call}", **fields}


def choice(*rules: Fields, default: str) -> State:
    return {"Type": "Choice", "Choices": list(rules), "Default": default}


def catch(following: str, *errors: str, **fields: object) -> list[dict[str, object]]:
    return [{"ErrorEquals": list(errors) or CATCH_ALL, "Next": following, **fields}]


def parallel(*branches: Fields, **fields: object) -> State:
    return {"Type": "Parallel", "Branches": list(branches), **fields}


def mapping(processor: Fields, **fields: object) -> State:
    return {"Type": "Map", "ItemProcessor": processor, **fields}


def found(
    document: dict[str, object],
    *,
    given: Fields | None = None,
    answers: Mapping[str, Fields] | None = None,
) -> list[Diagnostic]:
    """Return what the flow of data finds in a machine, and no other rule."""
    diagnostics = validate(document, input_schema=given, answers=answers)
    return [diagnostic for diagnostic in diagnostics if diagnostic.code in CODES]


def messages(document: dict[str, object], **declared: Fields) -> list[str]:
    """Return the messages alone, each with its place."""
    return [f"{item.location}: {item.message}" for item in found(document, **declared)]  # type: ignore[arg-type]
