"""The operations on state machines, their versions, aliases and tags."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from asl.diagnostics import Severity
from asl.execution.api.registry import Alias, MachineRecord
from asl.execution.api.requests import arn_of, invalid, name_of, one_of, page, paged, text
from asl.execution.faults import RequestError
from asl.execution.values import is_too_large
from asl.limits import LARGEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.diagnostics import Diagnostic
    from asl.execution.api.registry import Registry
    from asl.execution.api.requests import Request, Response

_TYPES: Final = ("STANDARD", "EXPRESS")
_NO_LOGGING: Final = {"level": "OFF", "includeExecutionData": False}
_NOTHING_TO_UPDATE: Final = (
    "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration "
    "must be specified"
)
_UPDATABLE: Final = frozenset(
    {"definition", "roleArn"} | {f"{part}Configuration" for part in ("logging", "tracing", "encryption")}
)


class MachineOperations:
    """What the service does with state machines."""

    def __init__(self, registry: Registry, *, check: bool = True) -> None:
        self.registry = registry
        self.engine = registry.engine
        self.check = check

    # --- Machines ---

    def create_state_machine(self, request: Request) -> Response:
        """CreateStateMachine: refuses what the checker calls an error."""
        name = name_of(request)
        kind = one_of(request, "type", _TYPES, "STANDARD")
        written = text(request, "definition")
        definition = self._definition(written, kind)
        role = text(request, "roleArn")
        logging, tracing = request.get("loggingConfiguration"), request.get("tracingConfiguration")
        arn = self.engine.arn("stateMachine", name)
        if arn in self.engine.machines:
            entry = self.registry.entry(arn)
            same = (entry.machine.text, entry.machine.kind, entry.logging, entry.tracing)
            if same != (written, kind, logging, tracing):
                raise RequestError("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
        else:
            machine = self.engine.create(definition, name, kind=kind, role_arn=role)
            machine = replace(machine, text=written)
            self.engine.machines[arn] = machine
            entry = self.registry.entries[arn] = MachineRecord(machine, logging, tracing)
            self._tag(arn, request.get("tags"))
        response: Response = {"stateMachineArn": arn, "creationDate": entry.machine.created_at}
        if request.get("publish"):
            response["stateMachineVersionArn"] = self._publish(entry, request.get("versionDescription"))
        return response

    def _definition(self, written: str, kind: str) -> Mapping[str, Any]:
        if is_too_large(written, LARGEST):
            raise RequestError("InvalidDefinition", "Invalid State Machine Definition: 'it exceeds 1 MiB'")
        try:
            definition = json.loads(written)
        except (ValueError, RecursionError) as error:
            message = f"Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: {error}'"
            raise RequestError("InvalidDefinition", message) from None
        errors = self._errors(definition, kind)
        if errors:
            listed = ", ".join(str(error).removeprefix("ERROR ") for error in errors)
            raise RequestError("InvalidDefinition", f"Invalid State Machine Definition: '{listed}'")
        if not isinstance(definition, dict):
            raise RequestError("InvalidDefinition", "Invalid State Machine Definition: 'it is not an object'")
        return definition

    def _errors(self, definition: object, kind: str) -> list[Diagnostic]:
        if not self.check:
            return []
        from asl.checking import validate  # takes longer to load than many an execution

        return [
            found for found in validate(definition, execution_type=kind) if found.severity is Severity.ERROR
        ]

    def validate_state_machine_definition(self, request: Request) -> Response:
        """ValidateStateMachineDefinition: what the checker finds."""
        severity = one_of(request, "severity", ("ERROR", "WARNING"), "ERROR")
        kind = one_of(request, "type", _TYPES, "STANDARD")
        most = request.get("maxResults") or 100
        written = text(request, "definition")
        try:
            definition = json.loads(written)
        except (ValueError, RecursionError) as error:
            fault = {"severity": "ERROR", "code": "INVALID_JSON_DESCRIPTION", "message": str(error)}
            return {"result": "FAIL", "diagnostics": [fault], "truncated": False}
        from asl.checking import validate

        found = validate(definition, limit=int(most) + 1, execution_type=kind)
        failed = any(one.severity is Severity.ERROR for one in found)
        kept = [one.to_json() for one in found if severity == "WARNING" or one.severity is Severity.ERROR]
        return {
            "result": "FAIL" if failed else "OK",
            "diagnostics": kept[: int(most)],
            "truncated": len(kept) > int(most),
        }

    def update_state_machine(self, request: Request) -> Response:
        """UpdateStateMachine: what runs keeps its revision, what starts from now on has the new one."""
        arn = arn_of(request, "stateMachineArn", "stateMachine")
        entry = self.registry.entry(arn)
        if not _UPDATABLE & request.keys():
            raise RequestError("MissingRequiredParameter", _NOTHING_TO_UPDATE)
        machine = entry.machine
        if "definition" in request:
            written = text(request, "definition")
            definition = self._definition(written, machine.kind)
            machine = replace(machine, definition=definition, text=written)
        if "roleArn" in request:
            machine = replace(machine, role_arn=text(request, "roleArn"))
        machine = replace(machine, revision=self.engine.new_id())
        entry.machine = self.engine.machines[arn] = machine
        entry.logging = request.get("loggingConfiguration", entry.logging)
        entry.tracing = request.get("tracingConfiguration", entry.tracing)
        response: Response = {"updateDate": self.engine.now(), "revisionId": machine.revision}
        if request.get("publish"):
            response["stateMachineVersionArn"] = self._publish(entry, request.get("versionDescription"))
        return response

    def describe_state_machine(self, request: Request) -> Response:
        """DescribeStateMachine: a machine, or one of its versions."""
        arn = arn_of(request, "stateMachineArn", "stateMachine")
        qualified = len(arn.split(":")) > 7
        machine, _ = self.registry.find(arn) if qualified else (self.registry.entry(arn).machine, None)
        entry = self.registry.entry(machine.arn)
        response: Response = {
            "stateMachineArn": arn,
            "name": machine.name,
            "status": "DELETING" if entry.is_deleting else "ACTIVE",
            "definition": machine.text or json.dumps(machine.definition),
            "roleArn": machine.role_arn,
            "type": machine.kind,
            "creationDate": machine.created_at,
            "loggingConfiguration": entry.logging or dict(_NO_LOGGING),
            "tracingConfiguration": entry.tracing or {"enabled": False},
            "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
        }
        return response if machine.revision == "INITIAL" else response | {"revisionId": machine.revision}

    def delete_state_machine(self, request: Request) -> Response:
        """DeleteStateMachine: at once, or when its last execution has ended."""
        arn = arn_of(request, "stateMachineArn", "stateMachine")
        if arn not in self.engine.machines:
            return {}
        entry = self.registry.entry(arn)
        entry.is_deleting = True
        running = [
            one for one in self.engine.executions.values() if one.is_running and one.machine.arn == arn
        ]

        def forget(_: object = None) -> None:
            if not any(one.is_running for one in running):
                self.engine.machines.pop(arn, None)
                self.registry.entries.pop(arn, None)
                self.registry.tags.pop(arn, None)

        for one in running:
            one.on_end.append(forget)
        forget()
        return {}

    def list_state_machines(self, request: Request) -> Response:
        """ListStateMachines."""
        entries = [
            {
                "stateMachineArn": entry.machine.arn,
                "name": entry.machine.name,
                "type": entry.machine.kind,
                "creationDate": entry.machine.created_at,
            }
            for entry in self.registry.all()
        ]
        return paged("stateMachines", *page(request, entries))

    # --- Versions ---

    def _publish(self, entry: MachineRecord, description: str | None) -> str:
        for number, (machine, _, _) in entry.versions.items():
            if machine.revision == entry.machine.revision:
                return f"{machine.arn}:{number}"
        entry.last_version += 1
        entry.versions[entry.last_version] = (entry.machine, description, self.engine.now())
        return f"{entry.machine.arn}:{entry.last_version}"

    def publish_state_machine_version(self, request: Request) -> Response:
        """PublishStateMachineVersion."""
        entry = self.registry.entry(arn_of(request, "stateMachineArn", "stateMachine"))
        revision = request.get("revisionId")
        if revision is not None and revision != entry.machine.revision:
            raise RequestError("ConflictException", f"The revision {revision} is not the current one")
        arn = self._publish(entry, request.get("description"))
        return {"stateMachineVersionArn": arn, "creationDate": self.engine.now()}

    def list_state_machine_versions(self, request: Request) -> Response:
        """ListStateMachineVersions, the newest first."""
        entry = self.registry.entry(arn_of(request, "stateMachineArn", "stateMachine"))
        versions = [
            {"stateMachineVersionArn": f"{entry.machine.arn}:{number}", "creationDate": at}
            for number, (_, _, at) in sorted(entry.versions.items(), reverse=True)
        ]
        return paged("stateMachineVersions", *page(request, versions))

    def delete_state_machine_version(self, request: Request) -> Response:
        """DeleteStateMachineVersion: not while an alias leads to it."""
        arn = arn_of(request, "stateMachineVersionArn", "stateMachine")
        entry, number = self.registry.version(arn)
        if any(arn == version for alias in entry.aliases.values() for version, _ in alias.routes):
            raise RequestError("ConflictException", f"The version {arn} is referenced by an alias")
        del entry.versions[number]
        return {}

    # --- Aliases ---

    def _routes(self, request: Request) -> tuple[MachineRecord, list[tuple[str, int]]]:
        configuration = request.get("routingConfiguration")
        if not isinstance(configuration, list) or not 1 <= len(configuration) <= 2:
            raise invalid("Value at 'routingConfiguration' failed to satisfy constraint: 1 or 2 entries")
        routes = [
            (arn_of(route, "stateMachineVersionArn", "stateMachine"), int(route.get("weight", 0)))
            for route in configuration
        ]
        if sum(weight for _, weight in routes) != 100:
            raise invalid("Sum of routing configuration weights must equal 100.")
        entries = [self.registry.version(arn)[0] for arn, _ in routes]
        if entries[0] is not entries[-1]:
            raise invalid("Routing configuration must contain versions of one state machine.")
        return entries[0], routes

    def create_state_machine_alias(self, request: Request) -> Response:
        """CreateStateMachineAlias."""
        name = name_of(request)
        if name.isdigit():
            raise RequestError("InvalidName", f"Invalid Name: '{name}'")
        entry, routes = self._routes(request)
        now = self.engine.now()
        arn = f"{entry.machine.arn}:{name}"
        old = entry.aliases.get(name)
        if old is not None and (old.routes, old.description) != (routes, request.get("description")):
            raise RequestError("ConflictException", f"The alias {arn} already exists")
        if old is None:
            old = entry.aliases[name] = Alias(name, routes, request.get("description"), now, now)
        return {"stateMachineAliasArn": arn, "creationDate": old.created_at}

    def describe_state_machine_alias(self, request: Request) -> Response:
        """DescribeStateMachineAlias."""
        arn = arn_of(request, "stateMachineAliasArn", "stateMachine")
        _, alias = self.registry.alias(arn)
        return {
            "stateMachineAliasArn": arn,
            "name": alias.name,
            "description": alias.description or "",
            "routingConfiguration": [
                {"stateMachineVersionArn": version, "weight": weight} for version, weight in alias.routes
            ],
            "creationDate": alias.created_at,
            "updateDate": alias.updated_at,
        }

    def update_state_machine_alias(self, request: Request) -> Response:
        """UpdateStateMachineAlias."""
        _, alias = self.registry.alias(arn_of(request, "stateMachineAliasArn", "stateMachine"))
        if "routingConfiguration" in request:
            alias.routes = self._routes(request)[1]
        alias.description = request.get("description", alias.description)
        alias.updated_at = self.engine.now()
        return {"updateDate": alias.updated_at}

    def delete_state_machine_alias(self, request: Request) -> Response:
        """DeleteStateMachineAlias."""
        entry, alias = self.registry.alias(arn_of(request, "stateMachineAliasArn", "stateMachine"))
        del entry.aliases[alias.name]
        return {}

    def list_state_machine_aliases(self, request: Request) -> Response:
        """ListStateMachineAliases."""
        entry = self.registry.entry(arn_of(request, "stateMachineArn", "stateMachine"))
        aliases = [
            {"stateMachineAliasArn": f"{entry.machine.arn}:{alias.name}", "creationDate": alias.created_at}
            for alias in entry.aliases.values()
        ]
        return paged("stateMachineAliases", *page(request, aliases))

    # --- Tags ---

    def _tag(self, arn: str, tags: Any) -> None:
        kept = self.registry.tags.setdefault(arn, {})
        kept.update((str(tag["key"]), str(tag["value"])) for tag in tags or ())
        if len(kept) > 50:
            raise RequestError("TooManyTags", f"'{arn}' has more than 50 tags")

    def _tagged(self, request: Request) -> str:
        arn = arn_of(request, "resourceArn", "stateMachine|activity")
        if not self.registry.has(arn):
            raise RequestError("ResourceNotFound", f"Resource not found: '{arn}'")
        return arn

    def tag_resource(self, request: Request) -> Response:
        """TagResource."""
        self._tag(self._tagged(request), request.get("tags"))
        return {}

    def untag_resource(self, request: Request) -> Response:
        """UntagResource."""
        tags = self.registry.tags.get(self._tagged(request), {})
        for key in request.get("tagKeys") or ():
            tags.pop(key, None)
        return {}

    def list_tags_for_resource(self, request: Request) -> Response:
        """ListTagsForResource."""
        tags = self.registry.tags.get(self._tagged(request), {})
        return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}
