"""Solves a definition and proves what is suspected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl.checking.dataflow.access import Presence
from asl.checking.dataflow.kinds import Misfit, misfits
from asl.checking.dataflow.reporting import Reported, report
from asl.checking.dataflow.routes import prove
from asl.checking.dataflow.solving import Solution

if TYPE_CHECKING:
    from asl.checking.dataflow.declared import Declared
    from asl.checking.dataflow.reading import Fault
    from asl.checking.dataflow.routes import Key
    from asl.definitions.model import Definition

_MOST: Final = 200
"""So many faults are proved; where there are more, the first ones are to be mended first."""


class Flow:
    """The flow of data through a definition, solved once."""

    def __init__(self, definition: Definition, declared: Declared) -> None:
        solution = Solution(definition, declared)
        self.misfits: tuple[Misfit, ...] = tuple(misfits(solution))
        """Every read that finds what the state can do nothing with."""
        self.findings: tuple[Reported, ...] = tuple(_proved(solution))
        """Every read that leads nowhere, in the order in which the states are written."""


def _proved(solution: Solution) -> list[Reported]:
    suspects: dict[Key, Fault] = {}
    for state in solution.definition.states:
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
