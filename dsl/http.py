"""HTTP: tasks that call an API outside of AWS, with the credentials of an EventBridge connection.

    rate = http.invoke("Get the rate", "https://api.example.com/rates", connection=Placeholder("RatesConnectionArn"),
                       query={"of": order.currency}, answer=Rate)
    rate.ResponseBody.value

https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, cast, overload

from dsl.arguments import explained
from dsl.states.integrations import Integration
from dsl.states.tasks import Retry
from dsl.values.expressions import Path
from dsl.values.references import Anything, R, Reference, make

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dsl.permissions.policy import Permission
    from dsl.states.tasks import Output, Retries, Role, Seconds
    from dsl.values.expressions import Expression
    from dsl.values.payloads import Payload
    from dsl.values.references import Shape


TRANSIENT: Final = Retry(
    (
        "States.Http.Socket",
        "States.Http.StatusCode.429",
        "States.Http.StatusCode.502",
        "States.Http.StatusCode.503",
        "States.Http.StatusCode.504",
    ),
    interval_seconds=1,
    max_attempts=4,
    backoff_rate=2,
    jitter=True,
)
"""Faults that pass by themselves: a broken connection, too many requests, a server that is not there for a while."""


class Invoke(Integration, Generic[R]):
    """Calls an API; what came back is in `ResponseBody`, and its status in `result.StatusCode`."""

    _declared: object = Anything

    @property
    def ResponseBody(self) -> R:  # noqa: N802
        """What the API answered.

        Raises:
            DefinitionError: the task's result is what comes back with its token.
        """
        _ = self.result
        return cast("R", make(self._declared, Path(self.root).child("ResponseBody")))


@overload
def invoke(
    name: str,
    endpoint: str | Expression,
    *,
    connection: str | Reference,
    method: str | Reference = "GET",
    headers: Mapping[str, Payload] | None = None,
    query: Mapping[str, Payload] | None = None,
    body: Payload = None,
    parameters: Mapping[str, Payload] | None = None,
    permissions: Sequence[Permission] | None = None,
    answer: None = None,
    wait_for_token: bool = False,
    timeout: Seconds = None,
    heartbeat: Seconds = None,
    retry: Retries = TRANSIENT,
    credentials: Role = None,
    into: Shape | None = None,
    output: Output = None,
    comment: str | None = None,
) -> Invoke[Anything]: ...
@overload
def invoke(
    name: str,
    endpoint: str | Expression,
    *,
    connection: str | Reference,
    method: str | Reference = "GET",
    headers: Mapping[str, Payload] | None = None,
    query: Mapping[str, Payload] | None = None,
    body: Payload = None,
    parameters: Mapping[str, Payload] | None = None,
    permissions: Sequence[Permission] | None = None,
    answer: type[R],
    wait_for_token: bool = False,
    timeout: Seconds = None,
    heartbeat: Seconds = None,
    retry: Retries = TRANSIENT,
    credentials: Role = None,
    into: Shape | None = None,
    output: Output = None,
    comment: str | None = None,
) -> Invoke[R]: ...
@explained
def invoke(
    name: str,
    endpoint: str | Expression,
    *,
    connection: str | Reference,
    method: str | Reference = "GET",
    headers: Mapping[str, Payload] | None = None,
    query: Mapping[str, Payload] | None = None,
    body: Payload = None,
    parameters: Mapping[str, Payload] | None = None,
    permissions: Sequence[Permission] | None = None,
    answer: type[Reference] | None = None,
    wait_for_token: bool = False,
    timeout: Seconds = None,
    heartbeat: Seconds = None,
    retry: Retries = TRANSIENT,
    credentials: Role = None,
    into: Shape | None = None,
    output: Output = None,
    comment: str | None = None,
) -> Invoke[Any]:
    """Return a task that calls an endpoint, `https://...`, by the connection of an ARN; `answer` is what comes back.

    Its role may call just this method of this endpoint. Of an endpoint that `format_string` makes, what stands before
    the first slot is known, and the policy allows all that begins with it. Any other status than 2xx fails the task:
    `States.Http.StatusCode.404`. `parameters` are further ones, such as `Transform`.

    Raises:
        DefinitionError: a parameter is unknown or misfit, nothing of the endpoint is known before it runs and
            `permissions` are not given, or a token or a timeout is missing.
    """
    given: dict[str, Payload] = {
        "ApiEndpoint": endpoint,
        "Authentication": {"ConnectionArn": connection},
        "Method": method,
        **(parameters or {}),
    }
    optional = {"Headers": headers, "QueryParameters": query, "RequestBody": body}
    given |= {key: value for key, value in optional.items() if value is not None}
    task: Invoke[Any] = Invoke(
        name,
        "http:invoke",
        given,
        permissions=permissions,
        wait_for_token=wait_for_token,
        timeout=timeout,
        heartbeat=heartbeat,
        retry=retry,
        credentials=credentials,
        into=into,
        output=output,
        comment=comment,
    )
    task._declared = answer or Anything
    return task
