"""What a rule is: a function with a code, a severity and, in its docstring, one example that breaks it."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from asl.checking.view import View
from asl.definitions.model import Scope, State

if TYPE_CHECKING:
    from asl.diagnostics import Severity
    from asl.locations import Location


class Finding(NamedTuple):
    """A fault that a rule found: the message, and the place or None for the whole machine."""

    message: str
    location: Location | None


MachineCheck = Callable[[View], Iterator[Finding]]
ScopeCheck = Callable[[Scope, View], Iterator[Finding]]
StateCheck = Callable[[State, View], Iterator[Finding]]

Evidence = Literal["recorded", "documented", "inferred"]
"""What a rule's severity rests on: an answer of AWS that somebody wrote down, a page of AWS's or the specification, or
what follows from those. `tests/asl/aws` has a row for each that is recorded."""

RECORDED: Final[Evidence] = "recorded"
DOCUMENTED: Final[Evidence] = "documented"
INFERRED: Final[Evidence] = "inferred"

_EXAMPLE = re.compile(r"Example(?: of type (\w+))?::\s*\n(.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of meaning. It is called once a machine, a scope or a state, always with the same shared view."""

    code: str
    severity: Severity
    evidence: Evidence
    subject: Literal["machine", "scope", "state"]
    types: frozenset[str]
    """The state types that a rule about states looks at; empty for every type."""
    having: frozenset[str]
    """The fields of which a state has to have one for the rule to look at it; empty for any state."""
    check: Callable[..., Iterator[Finding]]

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.check.__name__

    @property
    def summary(self) -> str:
        """What the rule says, without its example."""
        return _EXAMPLE.sub("", self._doc()).strip()

    @property
    def example(self) -> dict[str, object]:
        """A small definition that breaks this rule. Written as the states of a machine that starts at the first."""
        found = _EXAMPLE.search(self._doc())
        if found is None:
            raise ValueError(f"the rule {self.name} has no example in its docstring")
        written: dict[str, object] = json.loads(found.group(2))
        if "States" in written:
            return written
        return {"StartAt": next(iter(written)), "States": written}

    @property
    def example_type(self) -> str | None:
        """The type of machine that the example is meant to be, None where that does not matter."""
        found = _EXAMPLE.search(self._doc())
        return None if found is None else found.group(1)

    def _doc(self) -> str:
        return inspect.getdoc(self.check) or ""


def machine_rule(code: str, severity: Severity, evidence: Evidence) -> Callable[[MachineCheck], Rule]:
    """Make a rule of a function that looks at the whole machine."""
    return lambda check: Rule(code, severity, evidence, "machine", frozenset(), frozenset(), check)


def scope_rule(code: str, severity: Severity, evidence: Evidence) -> Callable[[ScopeCheck], Rule]:
    """Make a rule of a function that looks at one scope at a time."""
    return lambda check: Rule(code, severity, evidence, "scope", frozenset(), frozenset(), check)


def state_rule(
    code: str, severity: Severity, evidence: Evidence, *types: str, having: tuple[str, ...] = ()
) -> Callable[[StateCheck], Rule]:
    """Make a rule of a function that looks at one state at a time: of the given types or of any, with one of the
    fields or whatever it has."""
    return lambda check: Rule(code, severity, evidence, "state", frozenset(types), frozenset(having), check)
