"""Single states, run by AWS's TestState.

https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html: real on AWS, largely there on
MiniStack, without mocks on LocalStack 4.9.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, Protocol, Self

from stepfunctions_local_client.errors import ExpectationFailed
from stepfunctions_local_client.masking import shown
from stepfunctions_local_client.values import (
    Json,
    JsonInput,
    JsonObject,
    as_object,
    as_text,
    parsed,
)

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import MockInputTypeDef, TestStateInputTypeDef

    from stepfunctions_local_client.definitions import Definition


class Mock(Protocol):
    """A response as a mock configuration has it: `{"0": {"Return": ...}, "1-2": {"Throw": ...}}`."""

    def document(self) -> JsonObject:
        """Return the response as JSON."""


@dataclass(frozen=True, slots=True)
class StateResult:
    """What one state made of its input.

    Attributes:
        state: Its name.
        status: SUCCEEDED, FAILED, RETRIABLE (a retrier takes the error) or CAUGHT_ERROR.
        output: Its output; None where it failed.
        following: The state that comes next, or "".
        error: The error, or "".
        cause: What it says, or "".
        input: What it was given.
    """

    state: str
    status: str
    output: Json = field(repr=False)
    following: str = ""
    error: str = ""
    cause: str = field(default="", repr=False)
    input: Json = field(default=None, repr=False)

    def expect_succeeded(self, output: JsonInput | None = None) -> Self:
        """Expect that it succeeded, with this output if one is given."""
        if self.status != "SUCCEEDED" or (
            output is not None and self.output != json.loads(json.dumps(output))
        ):
            self._fail("expected it to succeed" + ("" if output is None else " with another output"))
        return self

    def expect_next(self, state: str) -> Self:
        """Expect that this state comes next."""
        if self.following != state:
            self._fail(f"expected {state!r} to come next")
        return self

    def expect_caught(self, error: str) -> Self:
        """Expect that a catcher took this error."""
        if self.status != "CAUGHT_ERROR" or self.error != error:
            self._fail(f"expected a catcher to take {error}")
        return self

    def expect_retried(self, error: str) -> Self:
        """Expect that a retrier took this error."""
        if self.status != "RETRIABLE" or self.error != error:
            self._fail(f"expected a retrier to take {error}")
        return self

    def _fail(self, message: str) -> NoReturn:
        went = f"{self.state!r}: {self.status}" + (f" with {self.error}: {self.cause}" if self.error else "")
        on = f", then {self.following!r}" if self.following else ""
        raise ExpectationFailed(
            f"{message}\n{went}{on}\ninput:\n{shown(self.input)}\noutput:\n{shown(self.output)}"
        )


def run_state(
    api: SFNClient,
    definition: Definition,
    state: str,
    input: JsonInput,  # noqa: A002  # the API's own word
    *,
    mock: Mock | None = None,
    attempt: int = 0,
    context: JsonInput = None,
    role_arn: str,
) -> StateResult:
    """Run one state, once: TestState makes one attempt.

    Args:
        api: A boto3 client of Step Functions.
        definition: Where the state is.
        state: Its name.
        input: Its input.
        mock: What a task answers; without it the real service is called.
        attempt: Which reply of the mock counts, from 0; after so many failures the retriers are asked.
        context: The context object that its `$$` paths read. AWS takes one only along with a mock, and a mock only of
            a Task, Map or Parallel state.
        role_arn: The role that AWS calls a real service with.

    Raises:
        LookupError: the definition has no such state, or the mock has no reply to this attempt.
    """
    view = definition.states.get(state)
    if view is None:
        raise LookupError(f"there is no state {state!r}; there are: {', '.join(definition.states)}")
    document = dict(view.document)
    if "QueryLanguage" in definition.document:
        document.setdefault("QueryLanguage", definition.document["QueryLanguage"])
    text = json.dumps({} if input is None else input, default=dict)
    request: TestStateInputTypeDef = {"definition": json.dumps(document), "roleArn": role_arn, "input": text}
    if mock is not None:
        request["mock"] = _mock(mock.document(), attempt)
        if attempt and "errorOutput" in request["mock"]:
            request["stateConfiguration"] = {"retrierRetryCount": attempt}
    if context is not None:
        request["context"] = json.dumps(context, default=dict)
    answer = api.test_state(**request)
    return StateResult(
        state=state,
        status=as_text(answer.get("status")),
        output=parsed(answer.get("output")),
        following=as_text(answer.get("nextState")),
        error=as_text(answer.get("error")),
        cause=as_text(answer.get("cause")),
        input=json.loads(text),
    )


def _mock(responses: JsonObject, attempt: int) -> MockInputTypeDef:
    reply = next((as_object(value) for key, value in responses.items() if _covers(key, attempt)), None)
    if reply is None:
        raise LookupError(f"the mock has no reply to attempt {attempt}, but to {', '.join(responses)}")
    if "Return" in reply:
        # A mock need not hold all that the service's model requires; what it holds has to be of the right kind.
        return {"result": json.dumps(reply["Return"]), "fieldValidationMode": "PRESENT"}
    thrown = as_object(reply.get("Throw"))
    return {"errorOutput": {"error": as_text(thrown.get("Error")), "cause": as_text(thrown.get("Cause"))}}


def _covers(attempts: str, attempt: int) -> bool:
    first, _, last = attempts.partition("-")
    return int(first) <= attempt <= int(last or first)
