"""What a task calls: whether there is such a thing, in this spelling and with this pattern, and as which role.

Step Functions refuses a resource that it does not recognise. Which services, actions and patterns those are is only
known here as far as botocore and AWS's pages were known when this was written. So a name that may be newer is a
warning, and an error is what cannot be: a known name mistyped or in another case, an API that has an SDK integration
and no optimised one, a pattern that a service never offers.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from asl.checking.rules.registry import DOCUMENTED, INFERRED, RECORDED, Finding, state_rule
from asl.definitions.model import JSONATA
from asl.diagnostics import Severity
from asl.services import integrations
from asl.services.models import read_service, services, step_functions_name
from asl.services.resources import CALLBACK, MAX_ARN, PATTERNS, SDK, Resource, parse
from asl.words import closest, is_slip, listed, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from asl.checking.view import View
    from asl.definitions.model import State

_ROLE = re.compile(r"arn:[^:]*:iam::[^:]*:role/.+")
_START = "arn:aws:states:::"


class _Verdict(NamedTuple):
    """What is wrong with a resource. `certain` if AWS surely refuses it."""

    certain: bool
    message: str


@state_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED, "Task")
def resource_is_recognised(state: State, _view: View) -> Iterator[Finding]:
    """The service and the action of an integration are spelt as Step Functions spells them, and offer the pattern.

    Services are written in small letters, actions in camel case. SDK integrations offer request-response and
    `.waitForTaskToken`; of the optimised ones each has its own patterns.

    Example::

        {"Read the menu": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:GetItem",
            "Parameters": {"TableName": "menu", "Key": {"PK": {"S": "menu"}}}, "End": true}}
    """
    verdict = _judge(state.resource)
    if verdict is not None and verdict.certain:
        start = f"The resource provided {shorten(state.resource)} is not recognized"
        yield Finding(f"{start}: {verdict.message}", state.location / "Resource")


@state_rule("UNKNOWN_RESOURCE", Severity.WARNING, INFERRED, "Task")
def resource_is_known(state: State, _view: View) -> Iterator[Finding]:
    """A task calls a function, an activity, or an integration that exists.

    AWS may know services and actions that the installed botocore does not, so this is a warning.

    Example::

        {"Read the menu": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:dynamodb:fetchItem",
            "Parameters": {"TableName": "menu"}, "End": true}}
    """
    verdict = _judge(state.resource)
    if verdict is not None and not verdict.certain:
        message = verdict.message
        start = "There" if message.startswith("there ") else message[:5]
        yield Finding(start + message[5:], state.location / "Resource")


@state_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED, "Task")
def resource_is_a_whole_arn(state: State, _view: View) -> Iterator[Finding]:
    """The ARN of a resource has six parts: `arn:partition:service:region:account:resource`.

    Example::

        {"Brew": {"Type": "Task", "Resource": "arn:aws:lambda:brew", "End": true}}
    """
    resource = state.resource
    if (
        resource.startswith("arn:")
        and "${" not in resource
        and resource.count(":") < 5
        and len(resource) <= MAX_ARN
    ):
        yield Finding(
            f"Value is not a valid resource ARN: {shorten(resource)} has {resource.count(':') + 1} of the 6 parts "
            "arn:partition:service:region:account:resource.",
            state.location / "Resource",
        )


@state_rule("INVALID_ROLE_ARN", Severity.WARNING, DOCUMENTED, "Task", having=("Credentials",))
def credentials_name_the_arn_of_a_role(state: State, _view: View) -> Iterator[Finding]:
    """The role that a task assumes is given as an ARN.

    Example::

        {"Pay": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                 "Parameters": {"FunctionName": "pay"}, "Credentials": {"RoleArn": "cashier"}, "End": true}}
    """
    credentials = state.value.get("Credentials")
    role = credentials.get("RoleArn") if isinstance(credentials, dict) else None
    if not isinstance(role, str) or "${" in role or _ROLE.fullmatch(role):
        return
    if role.startswith("{%" if state.language == JSONATA else ("$", "States.")):
        return  # an expression, or a path that is not evaluated, which other rules tell
    yield Finding(
        f'"{shorten(role)}" is not the ARN of a role, such as arn:aws:iam::123456789012:role/cashier.',
        state.location / "Credentials" / "RoleArn",
    )


def _judge(resource: str) -> _Verdict | None:
    """Say what is wrong with a resource, None if nothing is, as far as it is known here."""
    found = parse(resource)
    return None if found is None else _judge_parts(found)


@lru_cache(maxsize=4096)
def _judge_parts(found: Resource) -> _Verdict | None:
    match found.kind:
        case "function":
            return _judge_function(found)
        case "activity":
            return None
        case "other":
            return _judge_other(found)
        case "sdk":
            return _judge_sdk(found)
        case "optimised":
            return _judge_optimised(found)


def _judge_function(found: Resource) -> _Verdict | None:
    if not found.name.startswith("function:"):
        return _Verdict(
            False, "A task calls a function by its ARN, arn:aws:lambda:region:account:function:name."
        )
    pattern = next((p for p in PATTERNS if found.name.endswith(f".{p}")), None)
    if pattern is not None:
        call = f"{_START}lambda:invoke.{CALLBACK}" if pattern == CALLBACK else f"{_START}lambda:invoke"
        return _Verdict(
            False, f"The ARN of a function takes no pattern: write {call}, and the function as FunctionName."
        )
    return None


def _judge_other(found: Resource) -> _Verdict | None:
    if found.service == "swf":  # how activities were called in the first edition of the language
        return None
    if found.service == "states":
        return _Verdict(
            False,
            "A task does not call a state machine by its ARN: "
            f"write {_START}states:startExecution.sync:2, and the ARN as StateMachineArn.",
        )
    return _Verdict(
        False,
        "A task calls a function, an activity or a service integration "
        f"({_START}service:action); an ARN of {found.service} is none of these.",
    )


def _judge_sdk(found: Resource) -> _Verdict | None:
    if not found.service or not found.action:
        return _Verdict(True, f"an SDK integration is written {_START}{SDK}:service:action.")
    if found.service not in services():
        meant = step_functions_name(found.service)
        if meant is not None:
            return _Verdict(True, f'Step Functions calls the service "{meant}".')
        if integrations.is_retired(found.service):
            return None
        near = closest(found.service, services())
        hint = _did_you_mean(near)
        certain = near is not None and is_slip(found.service, near)
        return _Verdict(certain, f'SDK integrations have no service "{shorten(found.service)}"{hint}')
    if integrations.is_excluded(found):
        return _Verdict(True, f"AWS excludes {found.service}:{found.action} from the SDK integrations.")
    integration = integrations.find(found)
    if integration is None:
        return _unknown_action(found, read_service(services()[found.service]).actions)
    if integration.operation is not None and integration.operation.streams:
        return _Verdict(
            False, f"{found.service}:{found.action} works with a stream of events, which a task cannot read."
        )
    return _judge_pattern(found, integration.patterns, integration.patterns)


def _judge_optimised(found: Resource) -> _Verdict | None:
    if not found.service or not found.action:
        return _Verdict(True, f"a service integration is written {_START}service:action.")
    known = integrations.optimised()
    if found.service not in known:
        if found.service.casefold() in known:
            return _Verdict(True, f'the service is written "{found.service.casefold()}".')
        meant = integrations.optimised_name(found.service)
        if meant is not None and found.action in known[meant]:
            return _Verdict(
                True,
                f"there is no service integration of {found.service}; write {_START}{meant}:{found.action}.",
            )
        sdk = _sdk_form(found)
        if sdk is not None:
            return _Verdict(
                True,
                f"there is no optimised integration of {found.service}; its SDK integration is {_START}{sdk}.",
            )
        near = closest(found.service, known)
        certain = near is not None and is_slip(found.service, near)
        hint = _did_you_mean(near)
        return _Verdict(certain, f'there is no service integration "{shorten(found.service)}"{hint}')
    actions = known[found.service]
    if found.action not in actions:
        near = closest(found.action, actions)
        if near is not None and near.casefold() == found.action.casefold():
            return _Verdict(True, f'the action is written "{near}".')
        sdk = _sdk_form(found)
        if sdk is not None:
            return _Verdict(
                True,
                f"the optimised integration of {found.service} offers {listed(sorted(actions))}; "
                f"write {_START}{sdk}.",
            )
        return _unknown_action(found, actions, f"; it offers {listed(sorted(actions))}.")
    offered = frozenset(actions[found.action].get("patterns", ()))
    return _judge_pattern(found, offered, integrations.patterns_of(found.service))


def _unknown_action(found: Resource, actions: Iterable[str], otherwise: str = ".") -> _Verdict:
    near = closest(found.action, actions)
    if near is not None and near.casefold() == found.action.casefold():
        return _Verdict(True, f'the action is written "{near}".')
    hint = _did_you_mean(near) if near is not None else otherwise
    certain = near is not None and is_slip(found.action, near)
    return _Verdict(certain, f'{found.service} has no action "{shorten(found.action)}"{hint}')


def _judge_pattern(found: Resource, offered: frozenset[str], of_service: frozenset[str]) -> _Verdict | None:
    if not found.pattern or found.pattern in offered:
        return None
    if found.pattern not in PATTERNS:
        hint = _did_you_mean(closest(found.pattern, PATTERNS), dot=".")
        return _Verdict(True, f'there is no pattern ".{shorten(found.pattern)}"{hint}')
    kinds = ["request-response", *(f".{p}" for p in PATTERNS if p in offered)]
    what = f"{found.call} offers {listed(kinds)}, but no .{found.pattern}."
    if found.pattern in of_service:
        return _Verdict(False, what)
    return _Verdict(True, what)


def _sdk_form(found: Resource) -> str | None:
    """Return the SDK integration of the same action, if there is one."""
    folder = services().get(found.service)
    name = found.service if folder is not None else step_functions_name(found.service)
    if name is None:
        return None
    actions = read_service(services()[name]).actions
    action = closest(found.action, actions) if found.action not in actions else found.action
    if action is None or action.casefold() != found.action.casefold():
        return None
    return f"{SDK}:{name}:{action}"


def _did_you_mean(near: str | None, dot: str = "") -> str:
    return f'; did you mean "{dot}{near}"?' if near is not None else "."
