"""Where transitions lead: targets, reachability, ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.checking.rules.registry import INFERRED, RECORDED, Finding, machine_rule, scope_rule
from asl.definitions.model import followed
from asl.definitions.order import reverse_postorder
from asl.diagnostics import Severity
from asl.words import listed, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.checking.view import View
    from asl.definitions.model import Scope, State

_SHOWN = 4


@scope_rule("MISSING_TRANSITION_TARGET", Severity.ERROR, RECORDED)
def targets_exist(scope: Scope, view: View) -> Iterator[Finding]:
    """`StartAt`, `Next` and `Default` name states of their own scope: no transition enters or leaves a branch.

    Example::

        {"Pay": {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:pay", "End": true,
                 "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Refund"}]}}
    """
    start = scope.start_at
    if start is not None and _is_unknown(start, scope):
        yield Finding(
            f"Missing 'Next' target: {start}{_advice(start, scope, view)}", scope.location / "StartAt"
        )
    for state in scope.states.values():
        for transition in state.transitions:
            # An empty target is a fault of the state's shape.
            if transition.target and transition.to is None and _is_unknown(transition.target, scope):
                advice = _advice(transition.target, scope, view)
                yield Finding(f"Missing 'Next' target: {transition.target}{advice}", transition.location)


@scope_rule("MISSING_TRANSITION_TARGET", Severity.ERROR, RECORDED)
def states_are_reachable(scope: Scope, view: View) -> Iterator[Finding]:
    """Every state can be reached from the first of its scope.

    States that only follow an unreachable one are named with it. A state that a misspelt target probably means
    counts as reached; so do states that may be where a way leads that is missing or broken, which is reported already.
    Of a machine without an end nothing is said here.

    Example::

        {"Order": {"Type": "Pass", "End": true}, "Apologise": {"Type": "Fail"}}
    """
    start = scope.start_at
    if start not in scope.states or (scope.owner is None and _has_no_end(view)):
        return
    reached = scope.reached
    lost = [state for state in scope.states.values() if state not in reached]
    if not lost or any("${" in t.target for state in reached for t in state.transitions):
        return
    ways = followed(lost)
    led_to = {to for state in lost for to in ways[state] if to is not state}
    told: set[State] = set()
    found: list[Finding] = []
    for state in [*(state for state in lost if state not in led_to), *lost]:
        if state in told:
            continue
        followers = [s for s in followed([state]) if s not in reached and s not in told and s is not state]
        told.add(state)
        told.update(followers)
        also = ""
        if followers:
            names = [f'"{shorten(s.name)}"' for s in followers[:_SHOWN]]
            more = f" ({len(followers) - _SHOWN} more)" if len(followers) > _SHOWN else ""
            also = f" {'Nor is' if len(followers) == 1 else 'Nor are'} {listed(names)}{more}, which only it leads to."
        found.append(Finding(f'State "{state.name}" is not reachable.{also}', state.location))
    if len(found) > sum(_broken_ways(state) for state in reached):
        yield from found


@machine_rule("MISSING_END_STATE", Severity.ERROR, RECORDED)
def machine_has_an_end(view: View) -> Iterator[Finding]:
    """The state machine has an end: `"End": true`, a Succeed or a Fail state. One inside a branch does not count.

    Example::

        {"Ask": {"Type": "Pass", "Next": "Wait"}, "Wait": {"Type": "Wait", "Seconds": 5, "Next": "Ask"}}
    """
    if _has_no_end(view):
        yield Finding(
            'Workflow has no terminal state: none has "End": true, and none is Succeed or Fail.', None
        )


@scope_rule("ENDLESS_LOOP", Severity.WARNING, INFERRED)
def loops_can_be_left(scope: Scope, view: View) -> Iterator[Finding]:
    """Each state can reach an end of its scope.

    AWS looks for an end at all, not for a way to it, and inside branches and item processors not even for one.

    Example::

        {"Ask": {"Type": "Choice", "Default": "Wait", "Choices": [
            {"Variable": "$.never", "BooleanEquals": true, "Next": "Done"}]},
         "Wait": {"Type": "Wait", "Seconds": 5, "Next": "Look"},
         "Look": {"Type": "Pass", "Next": "Wait"},
         "Done": {"Type": "Succeed"}}
    """
    start = scope.start_at
    if start not in scope.states or (scope.owner is None and _has_no_end(view)):
        return
    reached = scope.reached
    led_from: dict[State, list[State]] = {}
    free: list[State] = []
    for state, targets in reached.items():
        if state.ends or not targets or len(targets) < len(state.transitions) or _may_match_nothing(state):
            free.append(state)
        for to in targets:
            led_from.setdefault(to, []).append(state)
    leaving = set(reverse_postorder(free, lambda state: led_from.get(state, ())))
    trapped = next((state for state in reached if state not in leaving), None)
    if trapped is None:
        return
    walk: dict[State, None] = {}
    while trapped not in walk:
        walk[trapped] = None
        trapped = reached[trapped][0]
    circle = list(walk)[list(walk).index(trapped) :]
    names = [
        shorten(state.name) for state in (*circle[:_SHOWN], *(() if len(circle) <= _SHOWN else (circle[-1],)))
    ]
    if len(circle) > _SHOWN:
        names.insert(-1, "...")
    route = " → ".join([*names, shorten(trapped.name)])
    yield Finding(
        f"No way leads out of this loop: {route}. Only an error or a timeout would end it.", trapped.location
    )


def _broken_ways(state: State) -> int:
    """Count the ways out of a state that lead nowhere, which other rules report."""
    broken = sum(
        transition.to is None and state.scope.nearest(transition.target) is None
        for transition in state.transitions
    )
    return broken or int(not state.transitions and not state.ends and state.type != "Choice")


def _has_no_end(view: View) -> bool:
    """Whether the machine's own states all lead on. A state that leads nowhere at all is a fault of its own."""
    states = view.scopes[0].states.values()
    return bool(states) and not any(
        state.ends or (not state.transitions and state.type != "Choice") for state in states
    )


def _may_match_nothing(state: State) -> bool:
    """Whether it is a choice without a default, which fails when no rule matches, and so comes to an end."""
    return state.type == "Choice" and "Default" not in state.value


def _is_unknown(target: str, scope: Scope) -> bool:
    written = scope.value.get("States")
    return isinstance(written, dict) and target not in written and "${" not in target


def _advice(target: str, scope: Scope, view: View) -> str:
    elsewhere = view.named.get(target)
    if elsewhere:
        return f". That state is at {elsewhere[0].location}, and a transition cannot lead into or out of a scope."
    near = scope.nearest(target)
    return f'; did you mean "{near.name}"?' if near else ". No state has that name."
