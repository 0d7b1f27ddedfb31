"""HTTP: tasks that call an API outside of AWS, with the credentials of an EventBridge connection.

    rate = http.invoke("Get the rate", "https://api.example.com/rates", connection=Placeholder("RatesConnectionArn"),
                       query={"of": order.currency}, answer=Rate)
    rate.ResponseBody.value

https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsl.arguments import explained
from dsl.options import TaskOptions
from dsl.states.integrations import DeclaredServiceTask
from dsl.states.requests import present
from dsl.states.tasks import Retry
from dsl.values.references import R, Reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from dsl.permissions.policy import Permission
    from dsl.values.expressions import Expression
    from dsl.values.payloads import Payload


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
"""The transient errors, which tasks retry by default: broken connections, too many requests, unavailable servers."""


class HttpInvoke(DeclaredServiceTask[R]):
    """Calls an API; what came back is in `ResponseBody`, and its status in `result.StatusCode`."""

    @property
    def ResponseBody(self) -> R:  # noqa: N802
        """What the API answered.

        Raises:
            DefinitionError: the task's result is what comes back with its token.
        """
        _ = self.result
        return self._declared("ResponseBody")


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
    answer: type[R] | None = None,
    **options: Unpack[TaskOptions],
) -> HttpInvoke[R]:
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
        **present({"Headers": headers, "QueryParameters": query, "RequestBody": body}),
    }
    return HttpInvoke(
        name,
        "http:invoke",
        given,
        answer,
        permissions=permissions,
        default_retry=TRANSIENT,
        **options,
    )
