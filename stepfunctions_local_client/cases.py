"""Test cases in Step Functions Local's mock configuration: read, checked against machines, made safe for an engine.

https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html is the format.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, TypeAlias

from asl.execution.mocks import Reply, Response
from asl.words import did_you_mean
from stepfunctions_local_client.errors import InvalidMocks, MocksUnsupported, UnknownCase
from stepfunctions_local_client.values import Json, JsonObject, as_object, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stepfunctions_local_client.definitions import Definition

Responses: TypeAlias = dict[str, Response]
"""The responses of a case, by the name of the state."""

UNANSWERED: Final = "StepFunctionsLocalClient.Unanswered"
"""The error of a task that has no reply left, on an engine that is given the cases beforehand."""
_MORE: Final = 10_000


class Cases:
    """The test cases of a client, by machine; more of them can be added at any time."""

    def __init__(self) -> None:
        self._machines: dict[str, dict[str, Responses]] = {}

    def add(self, config: Mapping[str, object]) -> set[str]:
        """Add a mock configuration; a case that is there already is replaced. Return the machines that it names.

        Raises:
            InvalidMocks: It is not one, or names a response that it does not have.
        """
        document = as_object(plain(config))
        unknown = sorted(document.keys() - {"StateMachines", "MockedResponses"})
        if unknown:
            raise InvalidMocks(
                f"a mock configuration has StateMachines and MockedResponses, not {unknown[0]!r}"
            )
        responses = {
            name: _read(name, response) for name, response in _objects(document, "MockedResponses").items()
        }
        machines = _objects(document, "StateMachines")
        added = {name: _cases(name, as_object(machine), responses) for name, machine in machines.items()}
        for name, cases in added.items():
            self._machines.setdefault(name, {}).update(cases)
        return set(added)

    def put(self, machine: str, case: str, responses: Responses) -> None:
        """Add one case."""
        self._machines.setdefault(machine, {})[case] = responses

    def of(self, machine: str, case: str) -> Responses | None:
        """Return the responses of a case; None where no configuration was given.

        Raises:
            UnknownCase: There are cases, but not this one.
        """
        if not self._machines:
            return None
        cases = self._machines.get(machine, {})
        if case not in cases:
            raise UnknownCase(
                f"{machine} has no test case {case!r}{did_you_mean(case, cases) if cases else '; there are none'}"
            )
        return cases[case]

    def has(self, machine: str) -> bool:
        """Whether there is a case of this machine."""
        return machine in self._machines

    def check(self, machine: str, definition: Definition) -> None:
        """Check the names of the states in the cases of a machine.

        Raises:
            InvalidMocks: It has no such state, or the state is not a task.
        """
        for case, responses in self._machines.get(machine, {}).items():
            for name in responses:
                check_state(name, definition, f"case {case!r} of {machine}")

    def document(self, definitions: Mapping[str, Definition], *, calls_services: bool) -> JsonObject:
        """Return the mock configuration for an engine.

        Where the definition is known, a task without a response fails with `UNANSWERED`, unless `calls_services`, and
        so does one whose replies have run out: otherwise some engines call the real service, and others begin anew. A
        task that waits for its token is left to the engine, since the test answers it.
        """
        machines: JsonObject = {}
        written: JsonObject = {}
        for machine, cases in self._machines.items():
            listed: JsonObject = {}
            for case, responses in cases.items():
                lines: JsonObject = {}
                complete = dict(responses)
                if machine in definitions and not calls_services:
                    for name, state in definitions[machine].states.items():
                        if state.type == "Task" and not state.waits_for_token:
                            complete.setdefault(name, Response())
                for number, (state_name, response) in enumerate(complete.items()):
                    key = f"{machine}.{case}.{number}"
                    written[key] = _limited(state_name, response).document()
                    lines[state_name] = key
                listed[case] = lines
            machines[machine] = {"TestCases": listed}
        return {"StateMachines": machines, "MockedResponses": written}


def check_state(name: str, definition: Definition, where: str) -> None:
    """Refuse a response of a state that is not there, or that is not a task.

    Raises:
        InvalidMocks: It is so; says what was probably meant.
    """
    state = definition.states.get(name)
    if state is None:
        raise InvalidMocks(f"{where}: there is no state {name!r}{did_you_mean(name, definition.states)}")
    if state.type != "Task":
        raise InvalidMocks(f"{where}: {name!r} is a {state.type} state; only a task has a response")


def refuse_changing_replies(responses: Mapping[str, Response], definition: Definition) -> None:
    """Refuse, for MiniStack, a response that a retry would have to go on from: it repeats the first reply there.

    Raises:
        MocksUnsupported: There is one; says of which state.
    """
    for name, response in responses.items():
        state = definition.states.get(name)
        first = response.replies[0] if response.replies else None
        if state is None or first is None or first.error is None or len(response.replies) < 2:
            continue
        if state.taking("Retry", first.error) is not None:
            raise MocksUnsupported(
                f"the response of {name!r} changes after {first.error}, but MiniStack repeats a reply at every retry: "
                "run it on the embedded engine or LocalStack, or let the error stay with times=..."
            )


def _limited(state: str, response: Response) -> Response:
    count = "1 reply" if response.attempts == 1 else f"{response.attempts} replies"
    cause = f"{state!r} was called once more, and its response has {count}"
    if not response.attempts:
        cause = f"{state!r} has no response"
    return response.then(Response((Reply(_MORE, error=UNANSWERED, cause=cause),)))


def _objects(document: JsonObject, field: str) -> JsonObject:
    value = document.get(field)
    if not isinstance(value, dict):
        raise InvalidMocks(f"a mock configuration has an object {field}")
    return value


def _read(name: str, response: Json) -> Response:
    try:
        return Response.read(as_object(response))
    except ValueError as error:
        raise InvalidMocks(f"the response {name!r}: {error}") from None


def _cases(machine: str, document: JsonObject, responses: Mapping[str, Response]) -> dict[str, Responses]:
    cases: dict[str, Responses] = {}
    for case, states in as_object(document.get("TestCases")).items():
        found: Responses = {}
        for state, name in as_object(states).items():
            if not isinstance(name, str) or name not in responses:
                hint = did_you_mean(str(name), responses)
                raise InvalidMocks(
                    f"case {case!r} of {machine}, {state!r}: MockedResponses has no {json.dumps(name)}{hint}"
                )
            found[state] = responses[name]
        cases[case] = found
    return cases
