"""Solves a definition and proves what is suspected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from asl.checking.dataflow.access import Presence
from asl.checking.dataflow.kinds import Misfit, misfits
from asl.checking.dataflow.reporting import Reported, report
from asl.checking.dataflow.routes import Proofs
from asl.checking.dataflow.solving import Solution

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.checking.dataflow.declared import Declared
    from asl.checking.dataflow.reading import ReadFault
    from asl.checking.dataflow.routes import Key
    from asl.definitions.model import Definition, State

_MOST: Final = 200
"""So many faults are proved; where there are more, the first ones are to be mended first."""


class Unproved(NamedTuple):
    """What a state needs and does not have on some route."""

    state: State
    path: str
    route: tuple[str | None, ...]
    """The names of the states on that route, the state itself last; None stands for those in the middle."""


class Flow:
    """The flow of data through a definition, solved once."""

    def __init__(self, definition: Definition, declared: Declared) -> None:
        solution = Solution(definition, declared)
        self.misfits: tuple[Misfit, ...] = tuple(misfits(solution))
        """Every read that finds what the state can do nothing with."""
        self.findings: tuple[Reported, ...] = ()
        """Every read that leads nowhere, in the order in which the states are written."""
        self.unproved: tuple[Unproved, ...] = ()
        """What the states need and is not there on every route, in the same order."""
        suspects = _suspects(solution)
        needs = [(state, path) for state in definition.states for path in solution.nodes[state].unproved]
        if suspects or needs:
            proofs = Proofs(solution, suspects, needs)
            self.findings = tuple(_reported(suspects, proofs))
            self.unproved = tuple(
                Unproved(state, declared.needs(state.name)[path], tuple(proofs.needs[state, path].names()))
                for state, path in needs
                if (state, path) in proofs.needs
            )


def _suspects(solution: Solution) -> dict[Key, ReadFault]:
    suspects: dict[Key, ReadFault] = {}
    for state in solution.definition.states:
        told: set[tuple[object, ...]] = set()
        for fault in solution.nodes[state].faults:
            cause = (fault.path.root, fault.of_result, fault.path.steps[: fault.at + 1])
            if cause not in told:  # one thing that is missing is one fault, however often the state reads it
                told.add(cause)
                suspects.setdefault((state, fault.place, fault.path), fault)
        if len(suspects) >= _MOST:
            break
    return suspects


def _reported(suspects: dict[Key, ReadFault], proofs: Proofs) -> Iterator[Reported]:
    for key, fault in suspects.items():
        proof = proofs.reads.get(key)
        if proof is not None or (fault.presence is Presence.NEVER and not proofs.complete):
            yield report(key[0], fault, proof)
