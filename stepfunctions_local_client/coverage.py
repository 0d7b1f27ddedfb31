"""What the executions of a test session passed of each workflow: states, transitions, catchers, choice rules.

`Coverage.record` takes executions, `report` says what none of them passed, `as_json` is the same for programs:

    {"OrderWorkflow": {"states": [{"name", "passes"}],
                       "transitions": [{"from", "to", "kind", "index", "label", "passes"}]}}

A transition that leads on by a Choice rule whose decision is not known (see `choices`) counts as not passed.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stepfunctions_local_client.definitions import Definition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stepfunctions_local_client.definitions import Transition
    from stepfunctions_local_client.executions import Execution
    from stepfunctions_local_client.history import Step
    from stepfunctions_local_client.values import JsonObject

_Key = tuple[str, str, str, int]

GROUPS = {
    "states": "states",
    "next": "transitions",
    "rule": "choice rules",
    "default": "choice rules",
    "catch": "catchers",
    "retry": "retriers",
}
"""Under which heading each kind of element is counted."""


@dataclass(slots=True)
class MachineCoverage:
    """What executions passed of one machine."""

    name: str
    definition: Definition
    states: Counter[str] = field(default_factory=Counter)
    passed: Counter[_Key] = field(default_factory=Counter)
    executions: int = 0

    def record(self, execution: Execution) -> None:
        """Count one execution."""
        self.executions += 1
        for step in execution.path:
            self.states[step.name] += 1
            self.passed.update(_keys(step))

    def elements(self) -> Iterator[tuple[str, str, int]]:
        """Every element: its heading, what it is called, and how often it was passed."""
        for name in self.definition.states:
            yield "states", name, self.states[name]
        for transition in self.definition.transitions():
            yield GROUPS[transition.kind], _name(transition), self.passed[_key(transition)]

    def missing(self) -> list[tuple[str, str]]:
        """Return what was never passed: headings and names."""
        return [(group, name) for group, name, passes in self.elements() if not passes]

    def totals(self) -> dict[str, tuple[int, int]]:
        """For each heading how many elements were passed, of how many."""
        totals: dict[str, tuple[int, int]] = dict.fromkeys(GROUPS.values(), (0, 0))
        for group, _, passes in self.elements():
            done, all_of = totals[group]
            totals[group] = (done + bool(passes), all_of + 1)
        return totals

    def as_json(self) -> JsonObject:
        """Return the counts as JSON."""
        return {
            "executions": self.executions,
            "states": [{"name": name, "passes": self.states[name]} for name in self.definition.states],
            "transitions": [
                {
                    "from": transition.source,
                    "to": transition.target,
                    "kind": transition.kind,
                    "index": transition.index,
                    "label": transition.label,
                    "passes": self.passed[_key(transition)],
                }
                for transition in self.definition.transitions()
            ],
        }


class Coverage:
    """What the executions of a session passed."""

    def __init__(self) -> None:
        self.machines: dict[str, MachineCoverage] = {}

    def record(self, definition: Definition, execution: Execution) -> None:
        """Count an execution. A machine that is defined anew keeps its counts, by the names of its states."""
        machine = self.machines.get(execution.machine)
        if machine is None:
            machine = self.machines[execution.machine] = MachineCoverage(execution.machine, definition)
        machine.definition = definition
        machine.record(execution)

    def parcel(self) -> str:
        """Return the counts as text, for the process that adds up those of several workers (`add`)."""
        machines = self.machines.values()
        return json.dumps(
            [[m.name, m.definition.document, m.executions, m.states, [*m.passed.items()]] for m in machines]
        )

    def add(self, parcel: str) -> None:
        """Add the counts of another process."""
        for name, document, executions, states, passed in json.loads(parcel):
            machine = self.machines.setdefault(name, MachineCoverage(name, Definition(document)))
            machine.executions += executions
            machine.states.update(states)
            machine.passed.update({tuple(key): count for key, count in passed})

    def complete(self) -> bool:
        """Whether something was passed, and nothing was left out."""
        return bool(self.machines) and not any(machine.missing() for machine in self.machines.values())

    def as_json(self) -> JsonObject:
        """Return the counts of every machine as JSON."""
        return {name: machine.as_json() for name, machine in sorted(self.machines.items())}

    def table(self, limit: int = 25) -> list[str]:
        """Return the counts as lines of a table, and below it what was never passed, so many lines of it a machine."""
        headings = list(dict.fromkeys(GROUPS.values()))
        rows = [["machine", *headings]]
        for name, machine in sorted(self.machines.items()):
            totals = machine.totals()
            rows.append([name, *(_share(*totals[heading]) for heading in headings)])
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        for name, machine in sorted(self.machines.items()):
            missing = machine.missing()
            lines += [f"{name}, never passed: {group[:-1]} {what}" for group, what in missing[:limit]]
            if len(missing) > limit:
                lines.append(f"{name}, never passed: {len(missing) - limit} more")
        return lines


def _share(done: int, all_of: int) -> str:
    return f"{done}/{all_of}" if all_of else "-"


def _name(transition: Transition) -> str:
    if transition.kind == "retry":
        return f"{transition.source}: {transition.label}"
    label = f" ({transition.label})" if transition.label else ""
    return f"{transition.source} -> {transition.target}{label}"


def _key(transition: Transition) -> _Key:
    return transition.source, transition.target, transition.kind, transition.index


def _keys(step: Step) -> Iterator[_Key]:
    for retrier in step.retriers:
        yield step.name, step.name, "retry", retrier
    if step.following is None:
        return
    if step.type == "Choice":
        if step.rule is not None:
            kind = "default" if step.rule < 0 else "rule"
            yield step.name, step.following, kind, max(step.rule, 0)
    elif step.catcher is not None:
        yield step.name, step.following, "catch", step.catcher
    else:
        yield step.name, step.following, "next", 0
