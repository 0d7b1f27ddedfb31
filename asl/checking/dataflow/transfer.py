"""What a state makes of its data: one function a type, from what is known before it to what is known after it.

The order is that of https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html:
InputPath, Parameters, the work, ResultSelector, ResultPath (into the raw input), OutputPath. A catcher starts from
the raw input again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from asl.checking.dataflow.access import Presence, look, write
from asl.checking.dataflow.conditions import MOST_TOLD_APART, Conditions, gathered
from asl.checking.dataflow.jsonata import ERROR, INPUT, RESULT, evaluate
from asl.checking.dataflow.paths import parse_path
from asl.checking.dataflow.reading import Reader, Store
from asl.checking.dataflow.results import result_of
from asl.checking.dataflow.values import (
    EMPTY,
    Entry,
    KnownList,
    Maybe,
    Object,
    Scalar,
    Unknown,
    Value,
    forced,
    from_json,
)
from asl.definitions.grammar import paths_of
from asl.definitions.model import JSONATA

if TYPE_CHECKING:
    from asl.checking.dataflow.declared import Declared
    from asl.definitions.model import State, Transition
    from asl.locations import Place

Ways: TypeAlias = "list[tuple[Transition | None, Store]]"
"""The transitions that may be taken, None for the end of the scope, each with what is known once it is."""

_NEVER: Final = Presence.NEVER

CAUGHT_SOURCE: Final = "a caught error"
CAUGHT: Final = Object({"Error": Scalar("string"), "Cause": Maybe(Scalar("string"))}, source=CAUGHT_SOURCE)
"""https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html: a name, and mostly a cause."""

_WRITTEN_RESULTS: Final = Object(
    {
        "MapRunArn": Scalar("string"),
        "ResultWriterDetails": Object({"Bucket": Scalar("string"), "Key": Scalar("string")}),
    },
    source="what a map with a ResultWriter answers",
)

_WAIT_PATHS: Final = tuple(paths_of("Wait"))
_LIMIT_PATHS: Final = tuple(paths_of("Task"))
_MAP_NUMBERS: Final = tuple(name for name, field in paths_of("Map").items() if field.kind)
_BATCH_PATHS: Final = tuple(paths_of("ItemBatcher"))
_INPUT_OF_MAP: Final = (
    ("ItemReader", "Parameters"),
    ("ResultWriter", "Parameters"),
    ("ItemBatcher", "BatchInput"),
)


class Entered(NamedTuple):
    """What a Parallel or Map state gives to its inner scopes, and the context object there."""

    data: Value
    variables: Value
    context: Value


def run(state: State, reader: Reader, declared: Declared) -> Ways:
    """Pass through a state that has no inner scopes, or whose inner scopes cannot be read."""
    kind = state.type
    if kind == "Choice":
        return _choose(state, reader)
    if kind == "Fail":
        if state.language != JSONATA:
            for field in ("ErrorPath", "CausePath"):
                if field in state.value:
                    reader.expression(state.value[field], reader.store.data, (None, field))
        return []
    if state.language == JSONATA:
        return _run_in_jsonata(state, reader, declared)
    value, raw = state.value, reader.store.data
    data = _effective(state, reader)
    if kind == "Task":
        if "TimeoutSecondsPath" in value or "HeartbeatSecondsPath" in value:
            _limits(value, raw, _parameters(value, "Parameters", data, reader), reader)
        elif "Parameters" in value:
            reader.check(state.template("Parameters"), data)
        result = result_of(value.get("Resource"), value.get("Parameters"), declared.answer(state.name))
    elif kind == "Pass":
        result = _parameters(value, "Parameters", data, reader)
        if "Result" in value:
            result = from_json(value["Result"])
    elif kind in ("Wait", "Succeed"):
        for field in _WAIT_PATHS if kind == "Wait" else ():
            if field in value:
                reader.path(value[field], data, (None, field))
        return _go_on(state, reader, reader.mended(data) if data is raw else data, None)
    else:  # no type that is known, or one whose branches are no objects
        result = Unknown()
    return leave(state, reader, result)


def leave(state: State, reader: Reader, result: Value) -> Ways:
    """Go on with the result of a Task, Pass, Parallel or Map state."""
    if state.language == JSONATA:
        return _leave_in_jsonata(state, reader, result)
    value = state.value
    raw = reader.mended(reader.store.data)
    if "ResultSelector" in value:
        result = reader.template(value["ResultSelector"], result, (None, "ResultSelector"), of_result=True)
    where = value.get("ResultPath", "$")
    if where is None:
        output = raw
    else:
        path = parse_path(where) if isinstance(where, str) else None
        output = (
            Unknown()
            if path is None or path.root != "$" or not path.definite
            else write(raw, path.steps, result)
        )
    return _go_on(state, reader, output, result)


def enter(state: State, reader: Reader) -> Entered:
    """Begin a Parallel or Map state."""
    store = reader.store
    if state.type == "Parallel":
        if state.language == JSONATA:
            given = store.data
            if "Arguments" in state.value:
                given = evaluate(state.value["Arguments"], {INPUT: store.data}, reader, (None, "Arguments"))
        else:
            given = _parameters(state.value, "Parameters", _effective(state, reader), reader)
        return Entered(given, store.variables, reader.context)
    item = _item_in_jsonata(state, reader) if state.language == JSONATA else _item(state, reader)
    if any(scope.mode != "INLINE" for scope in state.inner):
        return Entered(item, Unknown(), Unknown())
    return Entered(item, store.variables, reader.context)


def result_of_scopes(state: State, outputs: list[Value | None]) -> Value | None:
    """Return the result of a Parallel or Map state whose inner scopes end with these; None where it never ends."""
    if state.type == "Parallel":
        known = [output for output in outputs if output is not None]
        return KnownList(tuple(known)) if len(known) == len(outputs) else None
    value = state.value
    writer = value.get("ResultWriter")
    if isinstance(writer, dict):
        return _WRITTEN_RESULTS if "Resource" in writer and "WriterConfig" not in writer else Unknown()
    tolerant = any(name.startswith("ToleratedFailure") for name in value)
    if len(outputs) != 1 or tolerant or "WriterConfig" in value:
        return KnownList(None, Unknown())
    return KnownList(None, outputs[0] or Unknown())


def caught(state: State, reader: Reader) -> Ways:
    """Return the catchers of a state. They start from its raw input, whatever it has made of that."""
    ways: Ways = []
    store = reader.store
    for i, transition in enumerate(t for t in state.transitions if t.kind == "catch"):
        entry = transition.entry or {}
        variables = store.variables
        if state.language == JSONATA:
            roots: dict[str, Value] = {INPUT: store.data, ERROR: CAUGHT}
            data: Value = CAUGHT
            if "Output" in entry:
                data = evaluate(entry["Output"], roots, reader, (((None, "Catch"), i), "Output"))
        else:
            where = entry.get("ResultPath", "$")
            path = parse_path(where) if isinstance(where, str) else None
            if where is None:
                data = store.data
            elif path is None or path.root != "$" or not path.definite:
                data = Unknown()
            else:
                data = write(store.data, path.steps, CAUGHT)
        if "Assign" in entry:
            variables = _assigned(entry["Assign"], store, Unknown(), state, reader, ((None, "Catch"), i))
        ways.append((transition, Store(data, variables, store.facts)))
    return ways


def _go_on(state: State, reader: Reader, output: Value, result: Value | None) -> Ways:
    value, store = state.value, reader.store
    if "OutputPath" in value and state.language != JSONATA:
        where = value["OutputPath"]
        output = (
            EMPTY
            if where is None
            else reader.path(where, output, (None, "OutputPath"), of_result=result is not None)
        )
    variables = store.variables
    if "Assign" in value:
        variables = _assigned(
            value["Assign"], store, Unknown() if result is not None else output, state, reader, None
        )
    return _following(state, Store(output, variables, store.facts), reader)


def _following(state: State, store: Store, reader: Reader) -> Ways:
    if store.facts is not None and reader.failed:
        return []  # on this route the execution does not get past the state
    if state.ends:
        return [(None, store)]
    return [(transition, store) for transition in state.transitions if transition.kind == "next"]


def _effective(state: State, reader: Reader) -> Value:
    """Return the input after InputPath."""
    data = reader.store.data
    if "InputPath" not in state.value:
        return data
    where = state.value["InputPath"]
    return EMPTY if where is None else reader.path(where, data, (None, "InputPath"))


def _parameters(value: dict[str, object], field: str, data: Value, reader: Reader) -> Value:
    return reader.template(value[field], data, (None, field)) if field in value else data


def _limits(value: dict[str, object], raw: Value, made: Value, reader: Reader) -> None:
    """Timeouts from the input. It is not documented what comes before them, so either input will do."""
    for field in _LIMIT_PATHS:
        text = value.get(field)
        path = parse_path(text) if isinstance(text, str) else None
        if path is None or path.root != "$" or "InputPath" in value:
            continue
        if made is raw or look(made, path.steps)[0] is _NEVER:
            reader.follow(path, raw, (None, field))


def _assigned(
    template: object, store: Store, data: Value, state: State, reader: Reader, place: Place
) -> Value:
    """Return the variables after an Assign. What `$` means there differs from state to state, so it is mostly
    unknown."""
    if not isinstance(template, dict):
        return store.variables
    if state.language == JSONATA:
        made = evaluate(template, {INPUT: store.data}, reader, (place, "Assign"))
    else:
        made = reader.template(template, data, (place, "Assign"))
    variables = forced(store.variables)
    if not isinstance(variables, Object) or not isinstance(made, Object):
        return Unknown()
    for name in made.names():
        variables = variables.put(name, made.entry(name))
    return variables if made.rest is None else Unknown()


def _choose(state: State, reader: Reader) -> Ways:
    if state.language == JSONATA:
        return _choose_in_jsonata(state, reader)
    value = state.value
    data = _effective(state, reader)
    if reader.failed and reader.store.facts is not None:
        return []
    conditions = Conditions(reader)
    before = [reader.store.replaced(data)]
    ways: Ways = []
    rules = value.get("Choices")
    by_entry = {id(t.entry): t for t in state.transitions if t.kind == "choice"}
    for i, rule in enumerate(rules if isinstance(rules, list) else ()):
        failing: list[Store] = []
        conditions.learns = i < MOST_TOLD_APART
        transition = by_entry.get(id(rule))
        for store in before:
            holds, fails = conditions.evaluate(rule, store, ((None, "Choices"), i))
            failing += fails
            if holds and i >= MOST_TOLD_APART:
                holds = [store]
            if transition is not None:
                ways += [(transition, _chosen(state, rule, found, reader, i)) for found in gathered(holds)]
        if i < MOST_TOLD_APART:
            before = gathered(failing)
        if not before:
            break
    for transition in state.transitions:
        if transition.kind == "default":
            ways += [(transition, _chosen(state, value, store, reader, None)) for store in before]
    return ways


def _chosen(state: State, entry: dict[str, object], store: Store, reader: Reader, index: int | None) -> Store:
    reader.store = store
    data, variables = store.data, store.variables
    if "Assign" in entry:
        place: Place = None if index is None else ((None, "Choices"), index)
        variables = _assigned(entry["Assign"], store, data, state, reader, place)
    if "OutputPath" in state.value:
        where = state.value["OutputPath"]
        data = EMPTY if where is None else reader.path(where, data, (None, "OutputPath"))
    return Store(data, variables, store.facts)


def _choose_in_jsonata(state: State, reader: Reader) -> Ways:
    ways: Ways = []
    store = reader.store
    for transition in state.transitions:
        entry = transition.entry if transition.entry is not None else state.value
        data, variables = store.data, store.variables
        place: Place = None
        if transition.entry is not None:
            place = ((None, "Choices"), transition.index)
        if "Output" in entry:
            data = evaluate(entry["Output"], {INPUT: store.data}, reader, (place, "Output"))
        if "Assign" in entry:
            variables = _assigned(entry["Assign"], store, data, state, reader, place)
        ways.append((transition, Store(data, variables, store.facts)))
    return ways


def _run_in_jsonata(state: State, reader: Reader, declared: Declared) -> Ways:
    value, data = state.value, reader.store.data
    for field in ("Arguments", "TimeoutSeconds", "HeartbeatSeconds", "Seconds", "Timestamp"):
        if field in value:
            evaluate(value[field], {INPUT: data}, reader, (None, field))
    if state.type == "Task":
        arguments = value.get("Arguments")
        return leave(state, reader, result_of(value.get("Resource"), arguments, declared.answer(state.name)))
    return leave(state, reader, data)


def _leave_in_jsonata(state: State, reader: Reader, result: Value) -> Ways:
    value, store = state.value, reader.store
    roots: dict[str, Value] = {INPUT: store.data}
    if state.type in ("Task", "Parallel", "Map"):
        roots[RESULT] = result
    output = evaluate(value["Output"], roots, reader, (None, "Output")) if "Output" in value else result
    variables = store.variables
    if "Assign" in value:
        variables = _assigned(value["Assign"], store, Unknown(), state, reader, None)
    return _following(state, Store(output, variables, store.facts), reader)


def _item(state: State, reader: Reader) -> Value:
    """Return the input of each iteration of a map."""
    value = state.value
    data = _effective(state, reader)
    for field in _MAP_NUMBERS:
        if field in value:
            reader.path(value[field], data, (None, field))
    for outer, inner in _INPUT_OF_MAP:
        holder = value.get(outer)
        if isinstance(holder, dict) and inner in holder:
            reader.template(holder[inner], data, ((None, outer), inner))
    items: Value = data
    if "ItemsPath" in value:
        items = reader.path(value["ItemsPath"], data, (None, "ItemsPath"))
    element = _element(Unknown() if "ItemReader" in value else items)
    selector = next((name for name in ("ItemSelector", "Parameters") if name in value), None)
    item = element
    if selector is not None:
        context = reader.context
        reader.context = _with_item(context, element)
        item = reader.template(value[selector], data, (None, selector))
        reader.context = context
    return _batched(value, item, data, reader)


def _batched(value: dict[str, object], item: Value, data: Value, reader: Reader) -> Value:
    batcher = value.get("ItemBatcher")
    if "ItemBatcher" not in value:
        return item
    if not isinstance(batcher, dict):
        return Unknown()
    for field in _BATCH_PATHS:
        if field in batcher:
            reader.path(batcher[field], data, ((None, "ItemBatcher"), field))
    fields: dict[str, Entry] = {"Items": KnownList(None, item)}
    if "BatchInput" in batcher:
        fields["BatchInput"] = Unknown()
    return Object(fields, source="a batch of the map")


def _item_in_jsonata(state: State, reader: Reader) -> Value:
    value, data = state.value, reader.store.data
    items: Value = data
    if "Items" in value:
        items = evaluate(value["Items"], {INPUT: data}, reader, (None, "Items"))
    element = _element(Unknown() if "ItemReader" in value else items)
    item = element
    if "ItemSelector" in value:
        context = reader.context
        reader.context = _with_item(context, element)
        roots: dict[str, Value] = {INPUT: data, "$$": reader.context}
        item = evaluate(value["ItemSelector"], roots, reader, (None, "ItemSelector"))
        reader.context = context
    if "ItemBatcher" in value:
        return Object({"Items": KnownList(None, item)}, Unknown(), source="a batch of the map")
    return item


def _element(items: Value) -> Value:
    items = forced(items)
    return items.element if isinstance(items, KnownList) else Unknown()


def _with_item(context: Value, element: Value) -> Value:
    item = Object({"Value": element, "Index": Scalar("number")}, Unknown())
    held = Object({"Item": item}, Unknown())
    return context.put("Map", held) if isinstance(context, Object) else Object({"Map": held}, Unknown())
