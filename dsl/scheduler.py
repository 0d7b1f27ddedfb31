"""EventBridge Scheduler: tasks that make a schedule, once or again and again, and take it away.

    scheduler.create_schedule("Remind", format_string("remind-{}", order.orderId), at=order.due,
                              target=Placeholder("RemindFunctionArn"), role=Placeholder("SchedulerRoleArn"),
                              data={"orderId": order.orderId})

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dsl import sdk
from dsl.arguments import explained
from dsl.errors import DefinitionError
from dsl.intrinsics import format_string, json_to_string
from dsl.options import RequestOptions
from dsl.values.expressions import Expression

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from dsl.values.payloads import Payload
    from dsl.values.references import Reference


_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d|.*\$\{.*")
_RATE: Final = re.compile(r"rate\(\d+ (minutes?|hours?|days?)\)|cron\(\S+( \S+){5}\)|.*\$\{.*")


@explained
def create_schedule(
    name: str,
    schedule: str | Expression,
    *,
    target: str,
    role: str,
    at: str | Expression | None = None,
    every: str | None = None,
    data: Reference | Mapping[str, Payload] | None = None,
    group: str = "default",
    flexible_minutes: int | None = None,
    keep: bool = False,
    parameters: Mapping[str, Payload] | None = None,
    **options: Unpack[RequestOptions],
) -> sdk.CallAwsService:
    """Return a task that makes a schedule: `at` a time, once, or `every`, such as `rate(1 hour)` or `cron(...)`.

    `at` is a time without a zone, `2030-01-31T12:00:00`, or a reference to one. Then the `target` of an ARN is called
    by the `role` of an ARN with the `data`, an object or a reference. A schedule that has run once is deleted
    unless `keep`. `parameters` are further ones of Scheduler's CreateSchedule.

    Raises:
        DefinitionError: both or neither of `at` and `every` is given, or a parameter is unknown or misfit.
    """
    if (at is None) == (every is None):
        raise DefinitionError("give either at= or every=", state=name)
    for option, text, form, example in (
        ("at", at, _TIME, "2030-01-31T12:00:00"),
        ("every", every, _RATE, "rate(5 minutes) or cron(0 9 * * ? *)"),
    ):
        if isinstance(text, str) and not form.fullmatch(text):
            raise DefinitionError(f"{option}= takes such as {example}, and not {text!r}", state=name)
    when: Payload = every
    if at is not None:
        when = f"at({at})" if isinstance(at, str) else format_string("at({})", at)
    aim: dict[str, Payload] = {"Arn": target, "RoleArn": role}
    if isinstance(data, Expression):
        aim["Input"] = json_to_string(data)
    elif data is not None:
        aim["Input"] = dict(data)
    window: dict[str, Payload] = {"Mode": "OFF"}
    if flexible_minutes is not None:
        window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": flexible_minutes}
    given: dict[str, Payload] = {
        "Name": schedule,
        "GroupName": group,
        "ScheduleExpression": when,
        "FlexibleTimeWindow": window,
        "Target": aim,
        **(parameters or {}),
    }
    if at is not None and not keep:
        given["ActionAfterCompletion"] = "DELETE"
    return sdk.call(
        name,
        "scheduler:createSchedule",
        given,
        **options,
    )


@explained
def delete_schedule(
    name: str,
    schedule: str | Expression,
    *,
    group: str = "default",
    **options: Unpack[RequestOptions],
) -> sdk.CallAwsService:
    """Return a task that takes a schedule away; one that has run may be gone: `Scheduler.ResourceNotFoundException`."""
    return sdk.call(
        name,
        "scheduler:deleteSchedule",
        {"Name": schedule, "GroupName": group},
        **options,
    )
