"""Test cases of a workflow, and Step Functions Local's mock configuration made of them.

A case says what each task answers, beside the workflow and in its own terms:

    paid = Case("Paid", {"id": 1}, {charge: returns({"Payload": {"ok": True}}), send: returns(SENT)})
    flaky = paid.but("FlakyBank", {charge: throws("Lambda.ServiceException", times=2).then(paid[charge])})

    orders = CaseBook(machine, [paid, flaky])
    mock_config([orders])        # MockConfigFile.json for `SFN_MOCK_CONFIG`

Each answer is checked against the model of the task's service, and the case against the workflow. A task that the
case gives no answer fails at run time with `Unmocked`, so that no case ever calls a real service unless it says
`unmocked()`.

https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html is the format.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar, cast

from asl.definitions.model import Definition
from asl.words import did_you_mean
from dsl.errors import DefinitionError, caller
from dsl.mocks.answers import answer_fault, error_fault
from dsl.mocks.replies import Response, attempts, outcomes, throws, unanswered
from dsl.states.simple import Choice
from dsl.states.tasks import Task
from dsl.states.wiring import State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dsl.machine.state_machine import StateMachine
    from dsl.values.expressions import JsonObject

UNMOCKED: Final = "Unmocked"
"""The error with which a task fails that the case gives no answer."""

Where: TypeAlias = str | Task
"""A task, or the name of its state."""

W = TypeVar("W", bound=str | Task)

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,79}")


class Case:
    """A test case: what the execution is given, and what each task that it comes to answers.

    Attributes:
        name: Its name, which follows the machine's ARN and a `#` when it is started.
        input: What the execution is given.
        by_name: The response of each task, by the name of its state.
        says: What the case shows, as a sentence.
        source: The line of Python that made it.

    Raises:
        DefinitionError: the name has other characters than letters, digits, `-` and `_`.
    """

    def __init__(self, name: str, input: JsonObject, responses: Mapping[W, Response], says: str = "") -> None:  # noqa: A002
        self.name = name
        self.input = input
        self.by_name = {_name(task): response for task, response in responses.items()}
        self.says = says
        self.source = caller()
        if not _NAME.fullmatch(self.name):
            raise DefinitionError(
                f"{self.name!r} cannot name a case: use letters, digits, - and _, a letter first, at most 80",
                source=self.source,
            )

    def __getitem__(self, task: Where) -> Response:
        """Return the response of a task."""
        return self.by_name[_name(task)]

    def but(
        self,
        name: str,
        responses: Mapping[W, Response] | None = None,
        *,
        input: JsonObject | None = None,  # noqa: A002  # what it is called in an execution
        without: Iterable[Where] = (),
        says: str = "",
    ) -> Case:
        """Return the same case with another name, where some tasks answer something else, or nothing."""
        left_out = {_name(task) for task in without}
        kept = {state: response for state, response in self.by_name.items() if state not in left_out}
        changed = kept | {_name(task): response for task, response in (responses or {}).items()}
        return Case(name, self.input if input is None else input, changed, says)

    def __repr__(self) -> str:
        return f"<Case {self.name!r}>"


def _name(task: Where) -> str:
    return task.name if isinstance(task, State) else task


Deriving: TypeAlias = "Callable[[StateMachine, Sequence[Case]], Iterable[Case]]"
"""Makes further cases of a machine's cases."""


class CaseBook:
    """The test cases of one machine.

    `derived` make further cases of the given ones; of these, responses for tasks that they never come to are dropped.

    Raises:
        DefinitionError: a case names a state that the machine does not have, or that is no task; answers what the
            task's service does not; leaves no way to an end; or has a response for a task that it never comes to.
    """

    def __init__(
        self, machine: StateMachine, cases: Iterable[Case], *, derived: Iterable[Deriving] = ()
    ) -> None:
        self.machine = machine
        self.cases: dict[str, Case] = {}
        self._states = {state.name: state for state in machine.states}
        self._documents = {
            state.name: cast("JsonObject", state.value) for state in Definition(machine.definition()).states
        }
        for case in cases:
            self._add(case)
        given = list(self.cases.values())
        for derive in derived:
            for case in derive(machine, given):
                self._add(_without_idle(case, machine))

    def _add(self, case: Case) -> None:
        if case.name in self.cases:
            raise DefinitionError(f"{self.machine.name} has two cases {case.name!r}", source=case.source)
        _check_case(case, self._states, self._documents)
        _check_way(case, self.machine)
        self.cases[case.name] = case

    def __getitem__(self, name: str) -> Case:
        """Return the case of this name.

        Raises:
            DefinitionError: the machine has no such case.
        """
        if name not in self.cases:
            raise DefinitionError(f"{self.machine.name} has no case {name!r}{did_you_mean(name, self.cases)}")
        return self.cases[name]

    def __repr__(self) -> str:
        return f"<CaseBook of {self.machine.name!r} with {len(self.cases)} cases>"


def _check_case(case: Case, states: Mapping[str, State], documents: Mapping[str, JsonObject]) -> None:
    for name, response in case.by_name.items():
        state = states.get(name)
        if state is None:
            raise _error(case, f"there is no state {name!r}{did_you_mean(name, states)}")
        if not isinstance(state, Task):
            raise _error(case, f"{name!r} is a {state.type} state; only a task has an answer")
        if not response.replies and not response.is_real:
            raise _error(case, f"{name!r} has an empty response")
        for reply in response.replies:
            fault = (
                error_fault(state, reply.error)
                if reply.error is not None
                else answer_fault(state, reply.result, documents.get(name, {}))
            )
            if fault:
                raise _error(case, f"{name!r} {fault}")
        missing = unanswered(state.retry, response)
        if missing:
            number, error = missing
            raise _error(
                case,
                f"{name!r} is tried again after {error}, but attempt {number} has no reply: say what it gets with "
                f".then(...), or that the fault stays with times={attempts(state.retry, error)}",
            )


def _check_way(case: Case, machine: StateMachine) -> None:
    """Look for a way from the start to an end that only passes tasks with a response."""
    walk = _CaseWalk(case)
    if not walk.ends(machine.states[0]):
        listed = ", ".join(map(repr, walk.blocked))
        raise _error(
            case,
            f"no way leads to an end: give {listed} a response (or unmocked(), to call the real service)",
        )
    idle = [name for name in case.by_name if name not in walk.came]
    if idle:
        raise _error(
            case, f"it never comes to {', '.join(map(repr, idle))}, so a response there says nothing"
        )


def _without_idle(case: Case, machine: StateMachine) -> Case:
    walk = _CaseWalk(case)
    walk.ends(machine.states[0])
    idle = [name for name in case.by_name if name not in walk.came]
    return case.but(case.name, without=idle, says=case.says)


class _CaseWalk:
    """Every way that a case may take: which rule of a choice decides is only known when it runs."""

    def __init__(self, case: Case) -> None:
        self._responses = case.by_name
        self.came: set[str] = set()
        self.blocked: list[str] = []

    def ends(self, start: State) -> bool:
        """Go all ways from here; whether one of them comes to an end."""
        ended = False
        stack = [start]
        while stack:
            state = stack.pop()
            if state.name in self.came:
                continue
            self.came.add(state.name)
            response = self._responses.get(state.name)
            if isinstance(state, Task) and response is None:
                self.blocked.append(state.name)
                continue
            inside = [self.ends(scope.start) for scope in state.scopes()]
            if not all(inside):
                continue
            ways = _ways(state, response)
            stack.extend(ways)
            # A real service may succeed, though its catchers lead on.
            ended = ended or not ways or (response is not None and response.is_real and state.ends)
        return ended


def _ways(state: State, response: Response | None) -> list[State]:
    """Where a state may lead, given what it answers."""
    edges = list(state.edges())
    if isinstance(state, Choice) or response is None or response.is_real:
        return [edge.target for edge in edges]
    assert isinstance(state, Task)  # noqa: S101  # only tasks have responses
    ways: list[State] = []
    # In a loop a task is visited more than once, and each visit may end otherwise.
    for error in outcomes(state.retry, response):
        if error is None:
            ways += [edge.target for edge in edges if edge.kind != "catch"]
        else:
            caught = state.caught_by(error)
            ways += [] if caught is None else [caught]
    return ways


def _error(case: Case, message: str) -> DefinitionError:
    return DefinitionError(f"case {case.name!r}: {message}", source=case.source)


def mock_config(books: CaseBook | Iterable[CaseBook]) -> JsonObject:
    """Step Functions Local's mock configuration of the cases. Equal responses are written once."""
    machines: JsonObject = {}
    responses: JsonObject = {}
    names: dict[str, str] = {}
    for book in [books] if isinstance(books, CaseBook) else books:
        tasks = {state.name: state for state in book.machine.states if isinstance(state, Task)}
        cases: JsonObject = {}
        for case in book.cases.values():
            given = case.by_name
            lines: JsonObject = {}
            for task, state in tasks.items():
                response = given.get(task) or _no_answer(state)
                if response.is_real:
                    continue
                document = response.document()
                key = json.dumps(document, sort_keys=True)
                if key not in names:
                    names[key] = f"{case.name if task in given else UNMOCKED}.{_plain(task)}"
                    responses[names[key]] = document
                lines[task] = names[key]
            cases[case.name] = lines
        machines[book.machine.name] = {"TestCases": cases}
    return {"StateMachines": machines, "MockedResponses": responses}


def _no_answer(task: Task) -> Response:
    cause = f"the test case has no response for {task.name!r}"
    return throws(UNMOCKED, cause, times=attempts(task.retry, UNMOCKED))


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", name.title())


def render(cases: object) -> str:
    """Return the mock configuration as text, for a file.

    Args:
        cases: A `CaseBook`, or several.

    Raises:
        DefinitionError: it is something else.
    """
    books = [cases] if isinstance(cases, CaseBook) else list(cases) if isinstance(cases, Iterable) else []
    if not books or not all(isinstance(book, CaseBook) for book in books):
        raise DefinitionError(f"{cases!r} is neither a CaseBook nor a sequence of them")
    return json.dumps(mock_config(books), indent=2, ensure_ascii=False) + "\n"
