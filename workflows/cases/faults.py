"""Cases that are made of others: each task of a workflow once falters, and once stays broken.

For each task that is tried again the first case is taken that gives it an answer, and put before that answer is
the first error that the task retries.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dsl.mocks import throws
from dsl.states.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsl import StateMachine
    from dsl.mocks import Case


def falters(machine: StateMachine, cases: Sequence[Case]) -> Iterator[Case]:
    """`Falters<State>`: the task fails once and is then itself again."""
    for task, case in _tried_again(machine, cases):
        error = task.retry[0].errors[0]
        response = throws(error, "out of order").then(case[task])
        yield case.but(
            f"Falters{plain(task.name)}", {task: response}, says=f"{task.name} fails once with {error}"
        )


def stays_broken(machine: StateMachine, cases: Sequence[Case]) -> Iterator[Case]:
    """`Broken<State>`: the task fails as often as it is tried."""
    for task, case in _tried_again(machine, cases):
        retrier = task.retry[0]
        response = throws(retrier.errors[0], "out of order", times=retrier.max_attempts + 1)
        yield case.but(f"Broken{plain(task.name)}", {task: response}, says=f"{task.name} never works")


def plain(name: str) -> str:
    """Return the name of a state as a part of a case's name."""
    return "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", name))


def _tried_again(machine: StateMachine, cases: Sequence[Case]) -> Iterator[tuple[Task, Case]]:
    for state in machine.states:
        if not isinstance(state, Task) or not state.retry:
            continue
        for case in cases:
            response = case.by_name.get(state.name)
            if response is not None and not response.is_real and response.last.error is None:
                yield state, case
                break
