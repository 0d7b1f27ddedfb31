"""Variables: their names, their scopes, and whether something sets them before they are read.

A state sees the variables of its own scope and of the scopes around it; a distributed map's states see their own
alone. INVALID_VARIABLE_NAME, RESERVED_VARIABLE_NAME and DUPLICATE_VARIABLE_NAME are the service's own codes, although
its documentation does not list them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl.checking.on_the_way import OnTheWay
from asl.checking.rules.registry import DOCUMENTED, INFERRED, RECORDED, Finding, machine_rule
from asl.definitions.model import JSONATA
from asl.diagnostics import Severity
from asl.expressions.jsonata_functions import FUNCTIONS
from asl.words import closest, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from asl.checking.view import View
    from asl.definitions.model import Scope, State
    from asl.definitions.texts import Assignment
    from asl.locations import Location

LONGEST_NAME: Final = 80
RESERVED: Final = "states"


@machine_rule("INVALID_VARIABLE_NAME", Severity.ERROR, RECORDED)
def variable_names_are_identifiers(view: View) -> Iterator[Finding]:
    """A variable's name starts with a letter, goes on with letters, digits and `_`, and has at most 80 characters.

    Example::

        {"Brew": {"Type": "Pass", "Assign": {"order-id.$": "$.orderId"}, "End": true}}
    """
    for name, _, place in _assigned(view):
        if "${" in name:
            continue
        if not name.isidentifier() or name.startswith("_"):
            hint = " Its keys take no .$ in JSONata." if name.endswith(".$") else ""
            yield Finding(
                f"Invalid variable name '{shorten(name)}': the variable name contains invalid characters. It starts "
                f"with a letter and has letters, digits and _ only.{hint}",
                place,
            )
        elif len(name) > LONGEST_NAME:
            yield Finding(
                f"Invalid variable name '{shorten(name)}': it has {len(name)} characters, and {LONGEST_NAME} are "
                "the most.",
                place,
            )


@machine_rule("RESERVED_VARIABLE_NAME", Severity.ERROR, RECORDED)
def reserved_names_are_left_alone(view: View) -> Iterator[Finding]:
    """A variable is not named `states`.

    Example::

        {"Brew": {"Type": "Pass", "Assign": {"states.$": "$.states"}, "End": true}}
    """
    for name, _, place in _assigned(view):
        if name == RESERVED:
            yield Finding("Cannot assign to reserved variable '$states'. Choose another name.", place)


@machine_rule("DUPLICATE_VARIABLE_NAME", Severity.ERROR, RECORDED)
def outer_variables_are_not_assigned_inside(view: View) -> Iterator[Finding]:
    """A branch or an item processor does not assign a variable that may be assigned before it.

    What is set behind it, or by its own `Assign` and catchers, is another matter.

    Example::

        {"Choose": {"Type": "Pass", "Assign": {"drink": "espresso"}, "Next": "Prepare"},
         "Prepare": {"Type": "Parallel", "End": true, "Branches": [
            {"StartAt": "Grind", "States": {"Grind": {"Type": "Pass", "Assign": {"drink": "mocha"}, "End": true}}}]}}
    """
    if not view.texts.assignments or len(view.scopes) == 1:
        return
    first: dict[str, dict[Scope, Location]] = {}
    for name, assignment, place in _assigned(view):
        first.setdefault(name, {}).setdefault(assignment.state.scope, place)
    shared = [name for name, scopes in first.items() if len(scopes) > 1 and "${" not in name]
    if not shared:
        return
    on_the_way = OnTheWay(view, _setters(view), shared)
    for name, assignment, place in _assigned(view):
        elsewhere = first[name]
        if len(elsewhere) == 1:
            continue
        owner = assignment.state.scope.owner
        while owner is not None:
            if owner.scope in elsewhere and on_the_way.is_set_before(name, owner):
                yield Finding(
                    f"The variable name '{shorten(name)}' was already defined in a parent scope: see "
                    f"{elsewhere[owner.scope]}. A scope inside can read it and not set it.",
                    place,
                )
                break
            owner = owner.scope.owner


@machine_rule("FUNCTION_HIDDEN", Severity.WARNING, RECORDED)
def functions_are_not_hidden_by_variables(view: View) -> Iterator[Finding]:
    """A function that is called does not have the name of a variable, which hides it, so that the call fails.

    Example::

        {"QueryLanguage": "JSONata", "StartAt": "Tally", "States": {
            "Tally": {"Type": "Pass", "Assign": {"count": 3}, "Next": "Brew"},
            "Brew": {"Type": "Pass", "Output": "{% $count($states.input.cups) %}", "End": true}}}
    """
    hiding = {name for name, _, _ in _assigned(view) if name in FUNCTIONS}
    if not hiding:
        return
    on_the_way = OnTheWay(view, _setters(view), hiding)
    for use in view.texts.expressions:
        for name in dict.fromkeys(call.name for call in use.expression.calls if call.name in hiding):
            if any(on_the_way.is_set_before(name, state) for state in _states_around(use.state)):
                yield Finding(
                    f"${name} is a variable here, which hides the function of that name, so that calling it fails "
                    "with States.QueryEvaluationError. Give the variable another name.",
                    use.location,
                )


@machine_rule("UNDEFINED_VARIABLE", Severity.WARNING, DOCUMENTED)
def variables_are_set_somewhere(view: View) -> Iterator[Finding]:
    """A variable that is read is assigned by a state in the same or an outer scope.

    Example::

        {"Brew": {"Type": "Pass", "Parameters": {"drink.$": "$drink"}, "End": true}}
    """
    reads = [read for read in view.texts.variable_reads() if not _is_known(*read)]
    if not reads:
        return
    called = {
        (id(use.location), call.name) for use in view.texts.expressions for call in use.expression.calls
    }
    setters: dict[str, dict[Scope, State]] = {}
    for name, assignment, _ in _assigned(view):
        if "${" in name:
            return
        setters.setdefault(name, {}).setdefault(assignment.state.scope, assignment.state)
    told: set[tuple[State, str]] = set()
    for state, location, name in reads:
        if (state, name) in told or (id(location), name) in called:
            continue
        of_it = setters.get(name, {})
        if not of_it or not any(scope in of_it for scope in _visible_scopes(state.scope)):
            told.add((state, name))
            yield Finding(
                f"No state whose variables are visible here sets ${shorten(name)}: {_advice(state, name, setters)}",
                location,
            )


@machine_rule("JSONATA_IN_JSONPATH", Severity.WARNING, INFERRED)
def states_is_read_in_jsonata(view: View) -> Iterator[Finding]:
    """`$states` is JSONata's; in a path the input is `$`, the context `$$`.

    Example::

        {"Brew": {"Type": "Pass", "Parameters": {"drink.$": "$states.input.drink"}, "End": true}}
    """
    for state, location, name in view.texts.variable_reads():
        if name == RESERVED and state.language != JSONATA:
            yield Finding(
                "$states is only there in JSONata; in JSONPath the input is $, the context object $$.",
                location,
            )


def _is_known(state: State, _location: Location, name: str) -> bool:
    """Whether it is no variable of the machine's: `$states`, or a function of JSONata that is handed on."""
    return name == RESERVED or (state.language == JSONATA and name in FUNCTIONS)


def _advice(state: State, name: str, setters: dict[str, dict[Scope, State]]) -> str:
    """Return what may have gone wrong."""
    elsewhere = setters.get(name)
    if elsewhere:
        if any(scope in elsewhere for scope in _scopes_around(state.scope)):
            return "a distributed map does not see the variables outside, so hand it on in ItemSelector."
        setter = next(iter(elsewhere.values()))
        return f'it is set by "{shorten(setter.name)}" in a scope of its own, and ends with that scope.'
    near = closest(name, setters)
    if near:
        return f"did you mean ${near}?"
    source = "$states.input." if state.language == JSONATA else "$."
    return f"set it in an 'Assign' before, or write {source}{shorten(name)} to read the input."


def _scopes_around(scope: Scope) -> Iterable[Scope]:
    while True:
        yield scope
        if scope.owner is None:
            return
        scope = scope.owner.scope


def _visible_scopes(scope: Scope) -> Iterator[Scope]:
    """Yield the scope and those around it whose variables it sees, from the inside out."""
    for around in _scopes_around(scope):
        yield around
        if around.is_distributed:
            return


def _states_around(state: State) -> Iterator[State]:
    """Yield the state, and the Parallel and Map states around it whose variables it sees."""
    around: State | None = state
    while around is not None:
        yield around
        around = None if around.scope.is_distributed else around.scope.owner


def _setters(view: View) -> Iterator[tuple[str, State, object]]:
    """Yield the names that are set, each with the state, and the choice rule or catcher that it belongs to."""
    for name, assignment, _ in _assigned(view):
        yield name, assignment.state, assignment.entry


def _plain_names(assignment: Assignment) -> Iterator[str]:
    """Yield the names without the ending that JSONPath puts to a dynamic value."""
    for name in assignment.names:
        yield name[:-2] if name.endswith(".$") and assignment.state.language != JSONATA else name


def _assigned(view: View) -> Iterator[tuple[str, Assignment, Location]]:
    for assignment in view.texts.assignments:
        for name, written in zip(_plain_names(assignment), assignment.names, strict=True):
            yield name, assignment, assignment.location / written
