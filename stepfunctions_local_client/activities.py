"""Activities: tasks that a worker fetches, does and answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from stepfunctions_local_client.values import Json, JsonInput, parsed

if TYPE_CHECKING:
    from stepfunctions_local_client.connection import Connection


class Activity:
    """An activity on an engine. The test is its worker."""

    def __init__(self, client: Connection, arn: str) -> None:
        self._client = client
        self.arn = arn

    def task(self) -> ActivityTask | None:
        """Fetch the task that has waited longest; None if there is none. AWS takes up to a minute to say so."""
        answer = self._client.api.get_activity_task(activityArn=self.arn)
        token = answer.get("taskToken")
        if not token:
            return None
        self._client.known.add(token)
        return ActivityTask(self._client, token, self._client.known.guard(parsed(answer.get("input"))))

    def __repr__(self) -> str:
        return f"<Activity {self.arn.rpartition(':')[2]!r}>"


class ActivityTask:
    """One task that was fetched; `input` is what the state gave it."""

    def __init__(self, client: Connection, token: str, input: Json) -> None:  # noqa: A002  # the API's own word
        self._client = client
        self._token = token
        self.input = input

    def succeed(self, output: JsonInput = None) -> None:
        """Answer with a result; `{}` if None."""
        text = json.dumps({} if output is None else output, default=dict)
        self._client.api.send_task_success(taskToken=self._token, output=text)

    def fail(self, error: str, cause: str = "") -> None:
        """Answer with an error."""
        self._client.api.send_task_failure(taskToken=self._token, error=error, cause=cause)

    def heartbeat(self) -> None:
        """Say that it is still worked on."""
        self._client.api.send_task_heartbeat(taskToken=self._token)

    def __repr__(self) -> str:
        return "<ActivityTask>"
