"""Starts the emulator and deploys `__main__.py` to it, with progress, for `demo` and `up`."""

from __future__ import annotations

import contextlib
import importlib
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.collector import collector_dismissed
from local.stacks.emulator import REGION, Emulator
from local.stacks.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from local.cli.screen import Screen
    from local.deployer import ResourceEvent

LOCAL_STACK = "local"
_NEEDED_LATER = (
    "local.deployer",
    "pulumi_aws",
    "boto3",
    "local.orders.client",
    "program.routes",
    "workflows",
)
# The AWS package loads a service when first asked for something of it.
_SERVICES = {
    "cloudwatch": "EventBus",
    "dynamodb": "Table",
    "iam": "Role",
    "lambda_": "Function",
    "sfn": "StateMachine",
    "sqs": "Queue",
}


@dataclass(frozen=True, slots=True)
class Deployed:
    """The result of a deployment.

    Attributes:
        stack: The stack, with its outputs.
        actions: How many resources were `created`, `updated`, `replaced`, `deleted`, `unchanged`.
        seconds: How long it took.
        changes: What was done to a stack that was there before, a line each.
        not_applied: How many properties have no effect on the emulator.
    """

    stack: Stack
    actions: dict[str, int]
    seconds: float
    changes: tuple[str, ...] = ()
    not_applied: int = 0

    @property
    def total(self) -> int:
        """How many resources there are."""
        return sum(count for action, count in self.actions.items() if action != "deleted")

    def summary(self) -> str:
        """In words: `44 resources created`, or `2 updated, 42 unchanged`."""
        if set(self.actions) == {"created"}:
            return f"{self.total} resources created"
        if set(self.actions) == {"unchanged"}:
            return f"{self.total} resources, none changed"
        return ", ".join(f"{count} {action}" for action, count in sorted(self.actions.items()))


@contextlib.contextmanager
def started_emulator(
    screen: Screen,
    data_dir: Path,
    *,
    port: int | None,
    detach: bool,
    any_credentials: bool = False,
    empty: bool = False,
) -> Iterator[Emulator]:
    """Provide an emulator that answers. A detached one is stopped only if something goes wrong inside.

    While it starts, the modules that the deployment needs are loaded: the one waits, the other computes. One that is
    to stay `empty` does not need them.
    """
    from local.cli.interrupts import undisturbed

    emulator = Emulator.launch(data_dir=data_dir, port=port, detach=detach, any_credentials=any_credentials)
    try:
        imports = threading.Thread(target=_load, daemon=True)
        with collector_dismissed():
            if not empty:
                imports.start()
            with screen.busy("Starting the emulator"):
                emulator.wait_ready()
            if not empty:
                imports.join()
        yield emulator
    except BaseException:
        with undisturbed():
            emulator.stop()
        raise
    if not detach:
        with undisturbed():
            emulator.stop()


def deploy_with_progress(screen: Screen, endpoint: str, *, state: Path | None = None) -> Deployed:
    """Deploy the project's program to an emulator, and show each resource as it is created.

    With a `state` file, what the program no longer declares is deleted.

    Raises:
        local.deployer.DeploymentError: A resource could not be created; the message names it.
    """
    started = time.monotonic()
    with collector_dismissed(), screen.busy("Reading the program") as busy:
        from local.deployer import StateFile, deploy
        from local.deployer.values import masked

        lock, finished = threading.Lock(), 0

        def on_progress(event: ResourceEvent) -> None:
            nonlocal finished
            with lock:  # resources are deployed in several threads
                if event.phase == "finished":
                    finished += 1
                busy.now(f"Deploying  {finished:>3}  {event.name}")

        deployment = deploy(
            endpoint,
            stack=LOCAL_STACK,
            on_progress=on_progress,
            state=StateFile(state) if state is not None else None,
        )
    # The outputs are kept in a file, where a secret has no place.
    outputs = masked(deployment.outputs, deployment.secret_outputs)
    changes = tuple(
        f"{resource.action} {kind(resource.type)} {resource.name}{_properties(resource.changed)}"
        for resource in deployment.resources
        if resource.action in {"updated", "replaced", "deleted", "created"}
    )
    return Deployed(
        stack=Stack.emulated(LOCAL_STACK, REGION, endpoint, outputs),
        actions=dict(Counter(str(resource.action) for resource in deployment.resources)),
        seconds=time.monotonic() - started,
        changes=changes,
        not_applied=sum(len(resource.not_applied) for resource in deployment.resources),
    )


def kind(type_: str) -> str:
    """Return what people call a type: `aws:sqs/queue:Queue` -> `Queue`."""
    return type_.rpartition(":")[2]


def _properties(changed: Collection[str]) -> str:
    return f" ({', '.join(sorted(changed))})" if changed else ""


def deployment_failure(error: Exception) -> str | None:
    """Return what to say of an error that ended a deployment; None for one that people can't act on."""
    # Only a command that deployed has loaded these; nobody else raises their errors.
    deployer, pulumi = sys.modules.get("local.deployer"), sys.modules.get("pulumi")
    if deployer is not None and isinstance(error, deployer.DeploymentError):
        return f"The deployment failed: {error}"
    if pulumi is not None and isinstance(error, pulumi.RunError):
        return f"The configuration can't be used: {error}"
    return None


def _load() -> None:
    for module in _NEEDED_LATER:
        # A module that cannot be loaded raises its error where it is used.
        with contextlib.suppress(Exception):
            importlib.import_module(module)
    for service, name in _SERVICES.items():
        with contextlib.suppress(Exception):
            getattr(getattr(sys.modules["pulumi_aws"], service), name)
