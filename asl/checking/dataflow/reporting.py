"""What is said about a read that leads nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from asl.checking.dataflow.access import Presence, look
from asl.checking.dataflow.jsonata import ERROR, INPUT, RESULT
from asl.checking.dataflow.paths import VARIABLE, DataPath, written
from asl.checking.dataflow.results import FUNCTION_SOURCE
from asl.checking.dataflow.transfer import CAUGHT_SOURCE
from asl.checking.dataflow.values import KnownList, Maybe, Object, Scalar, Unknown, Value, forced
from asl.locations import located
from asl.words import closest, listed, shorten, with_article

if TYPE_CHECKING:
    from asl.checking.dataflow.access import Steps
    from asl.checking.dataflow.reading import ReadFault
    from asl.checking.dataflow.routes import Proof
    from asl.definitions.model import State
    from asl.locations import Location

_SHOWN_FIELDS: Final = 6
_MOST_COMPARED: Final = 200


class Reported(NamedTuple):
    """One fault of the data flow, in words."""

    never: bool
    message: str
    location: Location


def report(state: State, fault: ReadFault, proof: Proof | None) -> Reported:
    """Say what is wrong, where an execution would fail, and what to write instead."""
    shown = proof.fault if proof is not None else fault
    never = fault.presence is Presence.NEVER
    subject = written(fault.path.root, fault.path.steps)
    what = "is never there" if never else "is missing on one route"
    route = "" if proof is None else _route(proof.route.names())
    where = f" on the route {route}" if route else ""
    advice = _advice(state, shown, never)
    outcome = "This test always comes out the same" if fault.only_tested else "The execution fails here"
    message = f"{subject} {what}: {_reason(shown)}. {outcome}{where}. {advice}"
    return Reported(never, message, located(state.location, fault.place))


def _route(names: list[str | None]) -> str:
    return " → ".join("..." if name is None else shorten(name) for name in names)


def _reason(fault: ReadFault) -> str:
    """Return why the first step that leads nowhere does so."""
    path, at = fault.path, fault.at
    step, holder = path.steps[at], forced(fault.holder)
    parent = _named(path, at, fault)
    if isinstance(holder, KnownList):
        if isinstance(step, str):
            return f'{parent} is an array, which has elements and no field "{shorten(step)}"'
        return f"{parent} has {_count(len(holder.items or ()))}"
    if isinstance(holder, Scalar):
        kind = "null" if holder.kind == "null" else with_article(holder.kind)
        part = f'no field "{shorten(step)}"' if isinstance(step, str) else f"no element [{step}]"
        return f"{parent} is {kind}, which has {part}"
    made = (
        f" ({holder.source})" if isinstance(holder, Object) and holder.source and path.root != ERROR else ""
    )
    if not isinstance(step, str):
        return f"{parent} is an object{made}, not an array, so it has no element [{step}]"
    if path.root == VARIABLE and at == 0:
        return "no state before has assigned it"
    return f'{parent}{made} has no field "{shorten(step)}"{_fields(holder)}'


def _count(length: int) -> str:
    if not length:
        return "no elements"
    return f"{length} element{'s' if length > 1 else ''}, [0]{f' to [{length - 1}]' if length > 1 else ''}"


def _named(path: DataPath, at: int, fault: ReadFault) -> str:
    if path.root == VARIABLE and not at:
        return "the variables"
    if at:
        return written(path.root, path.steps[:at])
    if path.root == "$$":
        return "the context object"
    if path.root == RESULT or (fault.of_result and path.root == "$"):
        field = fault.place
        while field is not None and field[0] is not None:
            field = field[0]
        return (
            "the state's output" if field is not None and field[1] == "OutputPath" else "the state's result"
        )
    return "the caught error" if path.root == ERROR else "the state's input"


def _fields(holder: Value) -> str:
    if not isinstance(holder, Object) or holder.rest is not None:
        return ""
    names = list({name.casefold(): name for name in reversed(holder.names(_MOST_COMPARED))}.values())[::-1]
    if not names:
        return "; it is empty"
    if len(names) == _MOST_COMPARED:
        return ", though it has many others"
    shown = [shorten(name) for name in names[:_SHOWN_FIELDS]]
    if len(names) > _SHOWN_FIELDS:
        return f"; it has {', '.join(shown)} and {len(names) - _SHOWN_FIELDS} more"
    return f"; it has {listed(shown)}"


def _advice(state: State, fault: ReadFault, never: bool) -> str:
    path, at = fault.path, fault.at
    holder, step = forced(fault.holder), path.steps[fault.at]
    if path.root == VARIABLE and at == 0:
        return "Assign it before this state." if never else "Assign it on that route too."
    better = _better(path, at, holder)
    if better is not None:
        return f"Write {better}."
    if isinstance(holder, Object) and holder.source == FUNCTION_SOURCE:
        answer = written(path.root, (*path.steps[:at], "Payload", *path.steps[at:]))
        return (
            f"Write {answer} if the function returns it, or give the task a ResultPath if the input holds it."
        )
    if fault.only_tested:
        return "Test what is there, or leave the test out."
    if isinstance(step, str) and isinstance(holder, KnownList):
        base = written(path.root, path.steps[:at])
        return f"Name an element, such as {base}[0], or all of them: {base}[*]."
    if isinstance(step, str) and isinstance(holder, Scalar) and holder.kind == "string":
        text = written(path.root, path.steps[:at])
        return f"It is text: parse it with States.StringToJson({text}) in a state before, and read from that."
    at_top = at == 0 and path.root in ("$", INPUT) and not fault.of_result and isinstance(holder, Object)
    if at_top and isinstance(holder, Object) and holder.source == CAUGHT_SOURCE and path.root == "$":
        return (
            'A catcher without a ResultPath replaces the data by the error: give it one, such as "$.error".'
        )
    if at_top and isinstance(holder, Object) and holder.source and path.root == "$":
        return "A task without a ResultPath replaces the data by its result: give it one to keep both."
    if not never:
        test = "test it with IsPresent before" if state.type == "Choice" else "do not come here without it"
        return f"Write it on that route too, or {test}."
    if at_top:
        return f'Keep "{shorten(str(step))}" in the data on the way to here, or do not read it.'
    if fault.of_result and path.root == "$" and _field(fault) == "ResultSelector":
        return "ResultSelector reads the result alone, not the input; a ResultPath keeps both."
    return "Read what is there, or make it before."


def _better(path: DataPath, at: int, holder: Value) -> str | None:
    """Return the path that was probably meant."""
    step, after = path.steps[at], path.steps[at + 1 :]
    before = path.steps[:at]
    if isinstance(step, str) and isinstance(holder, Object):
        near = closest(step, holder.names(_MOST_COMPARED))
        if near is not None:
            return written(path.root, (*before, near, *after))
        if after and look(holder, after)[0] is Presence.SURE:
            return written(path.root, (*before, *after))
        return _one_deeper(path, at, holder)
    if isinstance(step, str) and isinstance(holder, KnownList):
        index = _element_with(holder, (step, *after))
        if index is None:
            return None
        # Of a list whose elements are all alike nobody means just one.
        chosen = written(path.root, (*before, index)) if holder.items else f"{written(path.root, before)}[*]"
        return chosen + written("", (step, *after))
    if isinstance(step, int) and isinstance(holder, Object):
        lists = [
            name for name in holder.names(_MOST_COMPARED) if isinstance(_inside(holder, name), KnownList)
        ]
        if len(lists) == 1:
            return written(path.root, (*before, lists[0], step, *after))
    return None


def _one_deeper(path: DataPath, at: int, holder: Object) -> str | None:
    """Return a field that holds what was asked for: `$.Item` lies in `$.shop`, `id` in a map of DynamoDB's JSON."""
    step, before = path.steps[at:], path.steps[:at]
    found: list[Steps] = []
    for name in holder.names(_MOST_COMPARED):
        inner = _inside(holder, name)
        if not isinstance(inner, Object) or look(inner, step)[0] is Presence.NEVER:
            continue
        is_map = inner.rest is not None and not isinstance(inner.rest, Unknown)
        if (is_map and (at > 0 or len(step) > 1)) or inner.get(str(step[0])) is not None:
            found.append((*before, name, *step))
    return written(path.root, found[0]) if len(found) == 1 else None


def _inside(holder: Object, name: str) -> Value | None:
    entry = holder.entry(name)
    if isinstance(entry, Maybe):
        return forced(entry.value)
    return forced(entry) if isinstance(entry, Value) else None


def _field(fault: ReadFault) -> str | int | None:
    """Return the field of the state in which a fault lies."""
    place = fault.place
    while place is not None and place[0] is not None:
        place = place[0]
    return None if place is None else place[1]


def _element_with(holder: KnownList, steps: Steps) -> int | None:
    """Return the only element, or the first, in which the path leads somewhere."""
    for index, item in enumerate((holder.items or (holder.element,))[:_MOST_COMPARED]):
        if not isinstance(forced(item), Unknown) and look(item, steps)[0] < Presence.NEVER:
            return index
    return None
