"""Pulumi's resource monitor and engine, answered in process.

The SDK calls these objects as it would call the engine's gRPC stubs, from worker threads, a resource after
everything that its inputs come from. The monitor translates between protobuf and plain data, keeps what was
registered and hands each custom resource to its backend; components only get a URN.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NoReturn

from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, resource_pb2

from local.deployer.errors import DeploymentError, ResourceError, UnsupportedRequestError
from local.deployer.registration import STACK_TYPE, Action, Backend, Options, Registered, Registration
from local.deployer.values import Properties, decode, encode, redacted, repeating, secret_strings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

logger = logging.getLogger("local.deployer")
logger.addHandler(logging.NullHandler())  # what the program logs is in the result; printing it is a choice

# Not offered: "output values" (inputs then arrive resolved, as plain values) and transforms (they need a gRPC
# callback server; the SDK says so to a program that uses them).
FEATURES: Final = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceEvent:
    """Progress of one custom resource. A "started" event has no action yet; "seconds" is 0 there."""

    phase: str  # "started", "finished" or "failed"
    type: str
    name: str
    urn: str
    action: Action | None = None
    seconds: float = 0.0


@dataclass(slots=True)
class ResourceRecord:
    """A registered resource in the order of its registration; `result` is None for components."""

    registration: Registration
    result: Registered | None
    outputs: Properties = field(default_factory=dict)
    secret_outputs: frozenset[str] = frozenset()


class Monitor:
    """Answers the resource monitor's protocol for one run of one program."""

    def __init__(
        self,
        *,
        project: str,
        stack: str,
        backend: Backend,
        on_progress: Callable[[ResourceEvent], None] | None = None,
    ) -> None:
        self._project = project
        self.stack = stack
        self._backend = backend
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._progress_lock = threading.Lock()
        self._entries: dict[str, ResourceRecord] = {}
        self._claimed: set[str] = set()
        self._cancelled = False
        self._first_failure: tuple[DeploymentError, BaseException | None] | None = None

    @property
    def entries(self) -> list[ResourceRecord]:
        """Everything that was registered, the stack itself included."""
        with self._lock:
            return list(self._entries.values())

    def raise_first_error(self) -> None:
        """Raise the first error, if there is one, with its own cause: the SDK may have given it another, even itself.

        Raises:
            DeploymentError: A registration, a look-up or another request failed.
        """
        if self._first_failure is not None:
            error, cause = self._first_failure
            raise error from cause

    def cancel(self) -> None:
        """Refuse every further registration; those under way end by themselves."""
        self._cancelled = True

    # What follows is called by the SDK; the names are those of the protocol.

    def GetDeploymentInfo(self, request: empty_pb2.Empty) -> resource_pb2.DeploymentInfo:  # noqa: ARG002, D102, N802
        return resource_pb2.DeploymentInfo(supportedFeatures=FEATURES)

    def SupportsFeature(  # noqa: D102, N802
        self, request: resource_pb2.SupportsFeatureRequest
    ) -> resource_pb2.SupportsFeatureResponse:
        supported = request.id in {"secrets", "resourceReferences", "aliasSpecs", "deletedWith"}
        return resource_pb2.SupportsFeatureResponse(hasSupport=supported)

    def RegisterResource(  # noqa: D102, N802
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        registration = self._registration(request)
        if request.remote:
            raise self._failed(
                ResourceError(request.type, request.name, "components of other packages are not supported")
            )
        if registration.type == STACK_TYPE or not registration.custom:
            self._keep(ResourceRecord(registration, None))
            return resource_pb2.RegisterResourceResponse(urn=registration.urn)
        result = self._timed(registration, lambda: self._backend.register(registration))
        return self._answer(registration, result)

    def ReadResource(  # noqa: D102, N802
        self, request: resource_pb2.ReadResourceRequest
    ) -> resource_pb2.ReadResourceResponse:
        inputs, secrets = decode(request.properties)
        registration = Registration(
            urn=self._claim_urn(request.parent, request.type, request.name),
            type=request.type,
            name=request.name,
            custom=True,
            parent=request.parent or None,
            inputs=inputs,
            secret_inputs=secrets,
            dependencies=frozenset(request.dependencies),
            property_dependencies={},
            options=Options(provider=request.provider or None),
        )
        result = self._timed(registration, lambda: self._backend.read(registration, request.id))
        response = self._answer(registration, result)
        return resource_pb2.ReadResourceResponse(urn=response.urn, properties=response.object)

    def RegisterResourceOutputs(  # noqa: D102, N802
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        outputs, secrets = decode(request.outputs)
        with self._lock:
            entry = self._entries[request.urn]
            entry.outputs = entry.outputs | outputs
            entry.secret_outputs = entry.secret_outputs | secrets
        return empty_pb2.Empty()

    def Invoke(  # noqa: D102, N802
        self, request: resource_pb2.ResourceInvokeRequest
    ) -> resource_pb2.ResourceInvokeResponse:
        arguments, _ = decode(request.args)
        try:
            answer = self._backend.invoke(request.tok, arguments)
        except DeploymentError as error:
            raise self._failed(error, error.__cause__) from error.__cause__
        response = resource_pb2.ResourceInvokeResponse()
        getattr(response, "return").CopyFrom(encode(answer))  # a keyword in Python
        return response

    def Call(self, request: resource_pb2.ResourceCallRequest) -> NoReturn:  # noqa: D102, N802
        raise self._failed(UnsupportedRequestError(f"methods of resources ({request.tok}) are not supported"))

    def RegisterPackage(  # noqa: D102, N802
        self, request: resource_pb2.RegisterPackageRequest
    ) -> resource_pb2.RegisterPackageResponse:
        raise self._failed(
            UnsupportedRequestError(f"parameterized packages ({request.name}) are not supported")
        )

    def SignalAndWaitForShutdown(self, request: empty_pb2.Empty) -> empty_pb2.Empty:  # noqa: ARG002, D102, N802
        return empty_pb2.Empty()

    def _registration(self, request: resource_pb2.RegisterResourceRequest) -> Registration:
        inputs, secrets = decode(request.object)
        timeouts = {
            name: str(getattr(request.customTimeouts, name))
            for name in ("create", "update", "delete")
            if getattr(request.customTimeouts, name)
        }
        options = Options(
            protect=request.protect if request.HasField("protect") else None,
            ignore_changes=tuple(request.ignoreChanges),
            delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
            replace_on_changes=tuple(request.replaceOnChanges),
            retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
            additional_secret_outputs=tuple(request.additionalSecretOutputs),
            import_id=request.importId or None,
            provider=request.provider or None,
            deleted_with=request.deletedWith or None,
            aliases=(*request.aliasURNs, *(alias.urn or alias.spec.name for alias in request.aliases)),
            timeouts=timeouts,
        )
        return Registration(
            urn=self._claim_urn(request.parent, request.type, request.name),
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=request.parent or None,
            inputs=inputs,
            secret_inputs=secrets,
            dependencies=frozenset(request.dependencies),
            property_dependencies={
                name: frozenset(dependencies.urns)
                for name, dependencies in request.propertyDependencies.items()
                if dependencies.urns
            },
            options=options,
        )

    def _claim_urn(self, parent: str, type_: str, name: str) -> str:
        """Name the resource as the engine does: its parents' types, without the stack's, then its own."""
        qualified = type_
        if parent and (parent_type := parent.split("::")[2]) != STACK_TYPE:
            qualified = f"{parent_type}${type_}"
        urn = f"urn:pulumi:{self.stack}::{self._project}::{qualified}::{name}"
        with self._lock:
            duplicate = urn in self._claimed
            self._claimed.add(urn)
        if duplicate:
            problem = "two resources of this type have this name; give one another name"
            raise self._failed(ResourceError(type_, name, problem))
        return urn

    def _timed(self, registration: Registration, work: Callable[[], Registered]) -> Registered:
        if self._cancelled:
            raise UnsupportedRequestError("the deployment was cancelled")
        start = time.monotonic()
        self._report("started", registration)
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 every error becomes one that names the resource
            self._report("failed", registration, seconds=time.monotonic() - start)
            shown = _presentable(error, registration)
            # The original error may repeat a secret, and tracebacks print causes.
            cause = None if registration.secret_inputs else error.__cause__ if shown is error else error
            raise self._failed(shown, cause) from cause
        self._report("finished", registration, action=result.action, seconds=time.monotonic() - start)
        return result

    def _answer(
        self, registration: Registration, result: Registered
    ) -> resource_pb2.RegisterResourceResponse:
        secrets = registration.secret_inputs | frozenset(registration.options.additional_secret_outputs)
        if secrets:
            # An output may repeat a secret input under another name, as an ARN does the name.
            secrets |= repeating(
                result.outputs, secret_strings(registration.inputs, registration.secret_inputs)
            )
        self._keep(
            ResourceRecord(registration, result, dict(result.outputs), secrets & result.outputs.keys())
        )
        return resource_pb2.RegisterResourceResponse(
            urn=registration.urn, id=result.id, object=encode(result.outputs, secrets)
        )

    def _keep(self, entry: ResourceRecord) -> None:
        with self._lock:
            self._entries[entry.registration.urn] = entry

    def _failed(self, error: DeploymentError, cause: BaseException | None = None) -> DeploymentError:
        with self._lock:
            self._first_failure = self._first_failure or (error, cause)
        return error

    def _report(
        self, phase: str, registration: Registration, *, action: Action | None = None, seconds: float = 0.0
    ) -> None:
        if self._on_progress is None:
            return
        event = ResourceEvent(
            phase=phase,
            type=registration.type,
            name=registration.name,
            urn=registration.urn,
            action=action,
            seconds=seconds,
        )
        with self._progress_lock:
            self._on_progress(event)


def _presentable(error: Exception, registration: Registration) -> DeploymentError:
    """Return the error as one that names the resource and holds no secret of it."""
    if isinstance(error, ResourceError):
        problem = redacted(error.problem, registration.inputs, registration.secret_inputs)
        return error if problem == error.problem else ResourceError(error.type, error.name, problem)
    if isinstance(error, DeploymentError):
        return error
    problem = redacted(f"{type(error).__name__}: {error}", registration.inputs, registration.secret_inputs)
    return ResourceError(registration.type, registration.name, problem)


class EngineService:
    """Answers the engine's protocol: the log, and the question of which Pulumi this is."""

    _LEVELS: Final[Mapping[int, int]] = {
        engine_pb2.DEBUG: logging.DEBUG,
        engine_pb2.INFO: logging.INFO,
        engine_pb2.WARNING: logging.WARNING,
        engine_pb2.ERROR: logging.ERROR,
    }

    def __init__(self) -> None:
        self.messages: list[tuple[int, str]] = []

    def Log(self, request: engine_pb2.LogRequest) -> empty_pb2.Empty:  # noqa: D102, N802
        level = self._LEVELS.get(request.severity, logging.INFO)
        if level >= logging.INFO:
            self.messages.append((level, request.message))
        logger.log(level, "%s", request.message)
        return empty_pb2.Empty()

    def RequirePulumiVersion(  # noqa: D102, N802
        self,
        request: engine_pb2.RequirePulumiVersionRequest,  # noqa: ARG002
    ) -> engine_pb2.RequirePulumiVersionResponse:
        return engine_pb2.RequirePulumiVersionResponse()
