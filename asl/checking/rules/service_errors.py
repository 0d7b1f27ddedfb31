"""The errors of services that retriers and catchers name."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from asl.checking.rules.registry import RECORDED, Finding, state_rule
from asl.diagnostics import Severity
from asl.services import integrations
from asl.services.errors import (
    COMMON,
    OPTIMISED_PREFIXES,
    optimised_errors,
    prefix_of,
    sdk_error,
    sdk_errors,
    sdk_prefix,
)
from asl.services.resources import Resource, parse
from asl.words import closest, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.checking.view import View
    from asl.definitions.model import State
    from asl.services.models import ServiceModel

_OF_JAVA_1: Final = re.compile(r"(Amazon|AWS)\w*Exception")
"""The base exception of a service in the Java SDK v1, as optimised integrations report it."""


@state_rule("UNKNOWN_SERVICE_ERROR", Severity.WARNING, RECORDED, "Task", having=("Retry", "Catch"))
def errors_of_services_are_spelt_right(state: State, _view: View) -> Iterator[Finding]:
    """An error of the called service has a name that the service uses, as far as its errors are known.

    An SDK integration names errors as the Java SDK v2 does, `DynamoDb.ConditionalCheckFailedException`, an optimised
    one with its own prefix, `DynamoDB`. Only a name that is close to a known one is reported: others may be newer, or
    somebody's own.

    Example::

        {"Pay": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
                 "Parameters": {"FunctionName": "pay"},
                 "Retry": [{"ErrorEquals": ["Lambda.TooManyRequestException"]}]}}
    """
    resource = state.resource
    if not any(_meant(resource, name) for name in state.named_errors):
        return
    named = dict(_named(state))
    for place, name in named.items():
        near = _meant(state.resource, name)
        # Who lists both spellings, with and without Exception, prepares for another engine than AWS's.
        if near is not None and near not in named.values():
            field, i, j = place
            yield Finding(
                f'The service raises no error named "{shorten(name)}"; did you mean "{near}"?',
                state.location / field / i / "ErrorEquals" / j,
            )


def _named(state: State) -> Iterator[tuple[tuple[str, int, int], str]]:
    """Yield the errors of services that retriers and catchers name, each with its place."""
    for field in ("Retry", "Catch"):
        for i, names in enumerate(state.error_names(field)):
            for j, name in enumerate(names):
                if _is_of_a_service(name):
                    yield (field, i, j), name


def _is_of_a_service(name: str) -> bool:
    return "." in name and not name.startswith("States.") and "${" not in name


@lru_cache(maxsize=4096)
def _meant(resource: str, name: str) -> str | None:
    """Return the error that was probably meant, None where the name is right or nothing like a known one."""
    if not _is_of_a_service(name):
        return None
    service, _, error = name.partition(".")
    parsed = parse(resource)
    if parsed is None:
        return None
    if parsed.kind == "function":
        parsed = Resource("optimised", "lambda", "invoke")
    found = integrations.find(parsed) if parsed.is_integration else None
    if found is None or found.operation is None:
        return None
    model = found.operation.service
    prefix = prefix_of(parsed.kind, parsed.service)
    if service.casefold() not in _names_of(parsed, model, prefix):
        return None
    known = sdk_errors(model.folder) if parsed.kind == "sdk" else optimised_errors(model.folder)
    right = error in known or error in COMMON or (parsed.kind != "sdk" and _OF_JAVA_1.fullmatch(error))
    if not right:
        as_sdk = sdk_error(error, model)
        near = as_sdk if as_sdk in known else closest(error, sorted(known | COMMON))
        return None if near is None else f"{prefix or service}.{near}"
    return None if prefix is None or service == prefix else f"{prefix}.{error}"


def _names_of(parsed: Resource, model: ServiceModel, prefix: str | None) -> set[str]:
    """Return what may stand for the service before an error's name, in small letters."""
    names = {parsed.service.replace("-", ""), model.folder.replace("-", ""), sdk_prefix(model).casefold()}
    if prefix is not None:
        names.add(prefix.casefold())
    if model.folder == "stepfunctions":
        names.add(OPTIMISED_PREFIXES["states"].casefold())
    return names
