"""Solves a machine once, proves what is suspected, and keeps the answer as long as the view lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from asl.checking.dataflow.access import Presence
from asl.checking.dataflow.declared import from_schema
from asl.checking.dataflow.kinds import Misfit, misfits
from asl.checking.dataflow.reporting import Reported, report
from asl.checking.dataflow.results import Declared
from asl.checking.dataflow.routes import prove
from asl.checking.dataflow.solving import Solution

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.checking.dataflow.reading import Fault
    from asl.checking.dataflow.routes import Key
    from asl.definitions.view import View

_DECLARED: Final[WeakKeyDictionary[View, Declared]] = WeakKeyDictionary()
_FOUND: Final[WeakKeyDictionary[View, tuple[Reported, ...]]] = WeakKeyDictionary()
_MISFITS: Final[WeakKeyDictionary[View, tuple[Misfit, ...]]] = WeakKeyDictionary()

_MOST: Final = 200
"""So many faults are proved; where there are more, the first ones are to be mended first."""


def declare(
    view: View, input_schema: Mapping[str, object] | None, answers: Mapping[str, Mapping[str, object]] | None
) -> None:
    """Say what the definition does not: the JSON Schema of the machine's input, and of what functions return.

    `answers` go by the name of the task's state; of a task that invokes with `lambda:invoke` it is the `Payload`.
    """
    given = None if input_schema is None else from_schema(input_schema)
    _DECLARED[view] = Declared(given, {name: from_schema(schema) for name, schema in (answers or {}).items()})


def findings(view: View) -> tuple[Reported, ...]:
    """Every read of a machine that leads nowhere, in the order in which its states are written."""
    found = _FOUND.get(view)
    if found is None:
        found = _FOUND[view] = tuple(_analyse(view))
    return found


def wrong_kinds(view: View) -> tuple[Misfit, ...]:
    """Every read of a machine that finds what the state can do nothing with."""
    findings(view)
    return _MISFITS[view]


def _analyse(view: View) -> list[Reported]:
    solution = Solution(view, _DECLARED.get(view) or Declared())
    _MISFITS[view] = tuple(misfits(solution))
    suspects: dict[Key, Fault] = {}
    for state in view.states:
        told: set[tuple[object, ...]] = set()
        for fault in solution.nodes[state].faults:
            cause = (fault.path.root, fault.of_result, fault.path.steps[: fault.at + 1])
            if cause not in told:  # one thing that is missing is one fault, however often the state reads it
                told.add(cause)
                suspects.setdefault((state, fault.place, fault.path), fault)
        if len(suspects) >= _MOST:
            break
    if not suspects:
        return []
    proofs, complete = prove(solution, suspects)
    reported: list[Reported] = []
    for key, fault in suspects.items():
        proof = proofs.get(key)
        if proof is not None or (fault.presence is Presence.NEVER and not complete):
            reported.append(report(key[0], fault, proof))
    return reported
