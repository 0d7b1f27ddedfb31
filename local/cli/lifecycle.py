"""`espresso up`, `down` and `status`: the local stack that stays."""

from __future__ import annotations

import os
import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.text import Text

from local.cli import answers, rehearsal
from local.cli.deploying import LOCAL_STACK, deploy_with_progress, kind, started_emulator
from local.cli.describe import duration
from local.cli.interrupts import Stopped, interruptible
from local.cli.screen import Screen
from local.collector import collector_dismissed
from local.orders.problems import OrderError
from local.stacks.emulator import REGION, Emulator, EmulatorNotRunning, PortTaken
from local.stacks.stack import RunningStack, StateError, StateFolder

if TYPE_CHECKING:
    from pathlib import Path

    from local.cli.deploying import Deployed

DEFAULT_PORT = 4566


def up(port: int | None, *, empty: bool = False, any_credentials: bool = False) -> int:
    """Start the local stack, or update the one that runs. Return the exit code.

    Args:
        port: The port of 127.0.0.1; None for 4566.
        empty: Deploy nothing, and say how `pulumi up` reaches the emulator.
        any_credentials: Serve what is signed with any key pair.
    """
    screen, folder = Screen(), StateFolder()
    try:
        with folder.lock(), interruptible():
            running = folder.read()
            emulator = _find(folder)
            if emulator is None:
                _start(
                    screen,
                    folder,
                    running,
                    port or DEFAULT_PORT,
                    empty=empty,
                    any_credentials=any_credentials,
                )
                return 0
            _check_is_as_wanted(emulator, running, port, empty=empty, any_credentials=any_credentials)
            if empty:
                rehearsal.report(screen, emulator)
            else:
                _update(screen, folder, running, emulator)
            return 0
    except Stopped as stopped:
        screen.line()
        screen.problem("stopped on request; `espresso status` shows what runs.")
        return stopped.exit_code


def _start(
    screen: Screen,
    folder: StateFolder,
    running: RunningStack | None,
    port: int,
    *,
    empty: bool,
    any_credentials: bool,
) -> None:
    if running is not None:
        screen.line(
            f"{'# ' if empty else ''}The local stack of {_when(running.started)} is gone: its process no longer "
            "runs. Starting a new one."
        )
    folder.clear()
    folder.purge(everything=False)
    try:
        with started_emulator(
            screen,
            folder.emulator_folder,
            port=port,
            detach=True,
            any_credentials=any_credentials,
            empty=empty,
        ) as emulator:
            if empty:
                rehearsal.report(screen, emulator)
                return
            deployed = deploy_with_progress(screen, emulator.endpoint, state=folder.resources(LOCAL_STACK))
            folder.write(RunningStack(deployed.stack, _now(), deployed.total))
    except PortTaken as error:
        raise OrderError(
            f"Port {error.port} is taken by {error.holder}. "
            f"Choose another one: `espresso up --port {error.port + 1}`."
        ) from error
    _report(screen, emulator, deployed)


def _check_is_as_wanted(
    emulator: Emulator, running: RunningStack | None, port: int | None, *, empty: bool, any_credentials: bool
) -> None:
    """Raise OrderError where an emulator that runs would have to be another one."""
    wish = ""
    if port is not None and port != emulator.port:
        wish = f"To have it on port {port}"
    elif any_credentials and not emulator.any_credentials:
        wish = "To let it accept any key pair"
    elif empty and running is not None:
        wish = "To have an empty one"
    if wish:
        raise OrderError(
            f"The local stack already runs at {emulator.endpoint}. {wish}, stop it first with `espresso down`; its "
            "orders are lost."
        )


def _update(screen: Screen, folder: StateFolder, running: RunningStack | None, emulator: Emulator) -> None:
    screen.line(f"The local stack already runs at {emulator.endpoint}; bringing it up to date.")
    deployed = deploy_with_progress(screen, emulator.endpoint, state=folder.resources(LOCAL_STACK))
    started = running.started if running is not None else _now()
    folder.write(RunningStack(deployed.stack, started, deployed.total))
    _report(screen, emulator, deployed)
    _report_changes(screen, deployed)


def env() -> int:
    """Print the variables that point AWS's tools at the local stack, for a shell. Return the exit code."""
    emulator = _find(StateFolder())
    if emulator is None:
        raise OrderError("No local stack runs. Start one with `espresso up`.")
    in_the_way = [name for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN") if name in os.environ]
    if in_the_way:
        print(f"unset {' '.join(in_the_way)}")
    for name, value in (
        emulator.environment() | {"AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION}
    ).items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def plan(*, as_json: bool = False) -> int:
    """Show what `up` would change. Return the exit code: 0, or 1 if no local stack runs."""
    screen, folder = Screen(), StateFolder()
    emulator = _find(folder)
    if emulator is None:
        if as_json:
            screen.document({"running": False, "changes": [], "unchanged": 0, "without_effect": {}})
        else:
            screen.line("No local stack runs. `espresso up` would start one and create all resources.")
        return 1
    with collector_dismissed(), screen.busy("Comparing the program with what runs"):
        from local.deployer import StateFile
        from local.deployer import plan as look

        planned = look(emulator.endpoint, stack=LOCAL_STACK, state=StateFile(folder.resources(LOCAL_STACK)))
    if as_json:
        screen.document({"running": True, **answers.plan(planned)})
        return 0
    from local.deployer.planning import DONE

    for resource in planned.changes:
        refused = "  refused: it is protected" if resource.protected else ""
        screen.line(f"{DONE[resource.action]:<8} {kind(resource.type)} {resource.name}{refused}")
        for name, (before, after) in resource.changes.items():
            screen.line(f"            {name}: {_short(before)} {screen.arrow} {_short(after)}")
    kept = len(planned.resources) - len(planned.changes)
    screen.line(
        f"{len(planned.changes)} to change, {kept} unchanged. `espresso up` applies this."
        if planned.changes
        else f"Nothing to change: {kept} resources are up to date."
    )
    reasons: dict[str, set[str]] = {}
    for resource in planned.resources:
        for name, reason in resource.not_applied.items():
            reasons.setdefault(reason, set()).add(f"{kind(resource.type)}.{name}")
    if reasons:
        screen.line()
        screen.line("Without effect on the emulator:")
        for reason, names in sorted(reasons.items()):
            screen.line(f"   {', '.join(sorted(names))}: {reason}")
    return 0


def _short(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def down(*, purge: bool = False) -> int:
    """Stop the local stack. Return the exit code; a stack that doesn't run is stopped already.

    With `purge`, each resource is deleted before, as `pulumi destroy` would on AWS, and the folder with the local
    stack's state goes too. Where something is protected, nothing is deleted and the stack goes on.
    """
    screen, folder = Screen(), StateFolder()
    with folder.lock():
        try:
            running = folder.read()
        except StateError:
            running = None  # the emulator is found without it, and stopped
        emulator = _process(folder)
        resources = folder.resources(LOCAL_STACK)
        if purge and emulator is not None and resources.exists():
            answering = _find(folder)
            if answering is not None:
                _destroy(screen, answering, resources)
        if emulator is not None:
            with screen.busy("Stopping the emulator"):
                emulator.stop()
            where = f" at {emulator.endpoint}" if emulator.port else ""
            screen.line(f"Stopped the local stack{where}. Its orders are lost.")
        elif running is not None:
            screen.line(
                f"The local stack of {_when(running.started)} had stopped by itself. Its files are removed."
            )
        else:
            screen.line("No local stack runs.")
        folder.clear()
        folder.purge(everything=purge)
    return 0


def _destroy(screen: Screen, emulator: Emulator, resources: Path) -> None:
    from local.deployer import DeploymentError, ProtectedStackError, StateFile, destroy

    try:
        with screen.busy("Deleting") as busy:
            deleted = destroy(
                emulator.endpoint,
                state=StateFile(resources),
                stack=LOCAL_STACK,
                on_progress=lambda event: busy.now(f"Deleting  {event.name}"),
            )
    except ProtectedStackError as error:
        raise OrderError(
            f"Nothing was deleted, since these are protected: {', '.join(error.names)}. The local stack still runs. "
            "Set `protectData` to false in Pulumi.local.yaml and run `espresso up`, then it can be purged; or stop the "
            "emulator with everything in it by `espresso down`, without --purge."
        ) from error
    except DeploymentError as error:
        raise OrderError(
            f"Not everything could be deleted: {error}. The local stack still runs, with the rest. `espresso down`, "
            "without --purge, stops the emulator with everything in it."
        ) from error
    screen.line(f"Deleted {len(deleted)} resource{'' if len(deleted) == 1 else 's'}.")


_OF_A_STACK = ("endpoint", "started", "process", "resources", "shop", "log")


def status(*, as_json: bool = False) -> int:
    """Show the status of the local stack. Return the exit code: 0 if it runs, 1 if not."""
    screen, folder = Screen(), StateFolder()
    running = folder.read()
    emulator = _find(folder)
    if emulator is None or running is None:
        if emulator is not None:
            why = (
                f"An emulator runs at {emulator.endpoint}, but nothing is known to be deployed there. "
                "`espresso up` deploys to it, `espresso down` stops it."
            )
        elif running is None:
            why = "No local stack runs. `espresso up` starts one."
        else:
            why = (
                f"The local stack of {_when(running.started)} is gone: its process no longer runs. "
                "`espresso up` starts a new one."
            )
        if as_json:
            screen.document({"running": False, "message": why, **dict.fromkeys(_OF_A_STACK)})
        else:
            screen.line(why)
        return 1
    from local.orders.client import OrderClient
    from local.orders.problems import plain_answers

    with plain_answers(running.stack):
        shop = OrderClient(running.stack).shop()
    if as_json:
        found = (emulator.endpoint, running.started, emulator.pid, running.parts, answers.shop(shop))
        log = str(emulator.log_path)
        screen.document(
            {"running": True, "message": None, **dict(zip(_OF_A_STACK, (*found, log), strict=True))}
        )
        return 0
    since = (datetime.now(UTC) - datetime.fromisoformat(running.started)).total_seconds()
    doors = Text("open", style="green") if shop.open else Text("closed", style="yellow")
    queue = f"{len(shop.queue)} of {shop.limit} places taken"
    if shop.queue:
        queue += f": {', '.join(sorted(shop.queue)[:20])}{', ...' if len(shop.queue) > 20 else ''}"
    screen.line(Text("The local stack runs.", style="bold"))
    screen.fields(
        [
            ("endpoint", emulator.endpoint),
            ("since", f"{_when(running.started)}, {duration(since)} ago"),
            ("process", str(emulator.pid)),
            (
                "key pair",
                "any is accepted" if emulator.any_credentials else "its own: `espresso env` prints it",
            ),
            ("deployed", f"{running.parts} resources"),
            ("shop", doors),
            ("queue", queue),
            ("log", str(emulator.log_path)),
        ],
        width=12,
    )
    return 0


def _find(folder: StateFolder, *, deadline: float = 5.0) -> Emulator | None:
    """Return the emulator that runs; None if none does.

    Raises:
        OrderError: One runs, but does not answer, or what it is cannot be read.
    """
    try:
        return Emulator.attach(folder.emulator_folder, deadline=deadline)
    except EmulatorNotRunning as error:
        if error.reason in ("never started", "gone"):
            return None
        raise OrderError(
            f"The local stack can't be used: {error}. `espresso down` stops it; its orders are lost."
        ) from error


def _process(folder: StateFolder) -> Emulator | None:
    """Return the emulator whose process is there, whether it answers or not."""
    try:
        return Emulator.attach(folder.emulator_folder, deadline=None)
    except EmulatorNotRunning:
        return None


def _report(screen: Screen, emulator: Emulator, deployed: Deployed) -> None:
    stack = deployed.stack
    screen.line()
    screen.line(Text("The local stack is ready.", style="bold green"))
    screen.fields(
        [
            ("endpoint", Text(emulator.endpoint, style="bold")),
            ("deployed", f"{deployed.summary()} in {deployed.seconds:.1f} s"),
            ("workflows", f"{stack.processor}, {stack.manager}"),
            ("event bus", stack.bus),
            ("tables", f"{stack.order_table}, {stack.config_table}, {stack.counting_table}"),
            ("functions", ", ".join(_function_names(deployed))),
            ("log", str(emulator.log_path)),
        ],
        width=12,
    )
    screen.line()
    screen.line('For the AWS CLI, boto3 and every other client in this shell: eval "$(espresso env)"')
    if emulator.any_credentials:
        screen.line(rehearsal.ANY_CREDENTIALS, style="yellow")
    screen.line()
    screen.line(
        "Next: `espresso order 2`, then `espresso manage put 2 --drink Latte`, then `espresso show 2`."
    )


def _report_changes(screen: Screen, deployed: Deployed) -> None:
    """Say what this `up` did to the stack that was there."""
    screen.line()
    screen.line("Changed:" if deployed.changes else "Nothing had changed.")
    for change in deployed.changes:
        screen.line(f"   {change}")
    if deployed.not_applied:
        screen.line(
            f"{deployed.not_applied} properties have no effect on the emulator; `espresso plan` lists them."
        )


def _function_names(deployed: Deployed) -> list[str]:
    names = deployed.stack.outputs.get("functionNames")
    return sorted(str(name) for name in names.values()) if isinstance(names, dict) else []


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _when(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")
