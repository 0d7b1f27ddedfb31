"""botocore's descriptions of AWS's APIs, loaded when something asks for one."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from dsl.errors import DefinitionError, did_you_mean

if TYPE_CHECKING:
    from botocore.loaders import Loader
    from botocore.model import OperationModel, ServiceModel

# Step Functions takes the names of AWS's Java SDK; most are botocore's own, these are not.
ALIASES: Final = {
    "sfn": "stepfunctions",
    "cloudwatchlogs": "logs",
    "cloudwatchevents": "events",
    "eventbridge": "events",
    "elasticloadbalancingv2": "elbv2",
    "configservice": "config",
    "costexplorer": "ce",
    "cognitoidentityprovider": "cognito-idp",
    "cognitoidentity": "cognito-identity",
    "databasemigration": "dms",
    "directory": "ds",
    "secretsmanager": "secretsmanager",
    "servicediscovery": "servicediscovery",
}


@cache
def _loader() -> Loader:
    from botocore.loaders import Loader

    return Loader()


@cache
def _services() -> dict[str, str]:
    """botocore's folder of each service, by its name without hyphens."""
    folders: list[str] = _loader().list_available_services("service-2")
    return {folder.replace("-", ""): folder for folder in folders} | ALIASES


@cache
def service_model(service: str) -> ServiceModel:
    """The model of a service, named as Step Functions names it.

    Raises:
        DefinitionError: there is no such service.
    """
    from botocore.model import ServiceModel

    known = _services()
    if service not in known:
        raise DefinitionError(f"AWS has no service {service!r} for SDK calls{did_you_mean(service, known)}")
    return ServiceModel(_loader().load_service_model(known[service], "service-2"), known[service])


@cache
def operation_model(service: str, operation: str) -> OperationModel:
    """The model of an action in camel case.

    Raises:
        DefinitionError: the service or the action does not exist.
    """
    model = service_model(service)
    actions = {name[:1].lower() + name[1:]: name for name in model.operation_names}
    if operation not in actions:
        raise DefinitionError(f"{service} has no action {operation!r}{did_you_mean(operation, actions)}")
    return model.operation_model(actions[operation])
