"""What is deployed where.

A stack is either the local one, whose state `espresso up` leaves in `.espresso/` under the project root, or
one that `pulumi up` made in an AWS account, which is found by its name and region alone: physical names are
deterministic.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from stepfunctions_local_client.credentials import credentials_for
from stepfunctions_local_client.engine_record import read_record, write_private
from stepfunctions_local_client.sessions import local_session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import boto3

    from local.masking import JSON

PROJECT_ROOT = Path(__file__).resolve().parents[2]
# The stacks whose parts carry the plain names; parts of every other stack end in `-<stack>`.
PLAIN_STACKS = frozenset({"local", "workshop"})


class StateError(Exception):
    """The folder with the local stack's state cannot be read, or somebody else is changing it. Says which."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack: where it is, and what its parts are called.

    Attributes:
        name: The Pulumi stack, e.g. `local` or `alice`.
        region: The AWS region.
        endpoint: The URL of an emulator; None means AWS itself.
        outputs: The stack's outputs as far as they are known; what isn't there is derived from the name.
    """

    name: str
    region: str
    endpoint: str | None = None
    outputs: Mapping[str, JSON] = field(default_factory=dict)

    @classmethod
    def emulated(cls, name: str, region: str, endpoint: str, outputs: Mapping[str, object]) -> Stack:
        """Return a stack that was just deployed to an emulator, with its outputs; of these only what JSON can say."""
        return cls(name, region, endpoint, json.loads(json.dumps(dict(outputs), default=str)))

    def physical_name(self, part: str) -> str:
        """Return what a part, such as `serverlesspresso-order-table`, is called in this stack."""
        return part if self.name in PLAIN_STACKS else f"{part}-{self.name}"

    @property
    def bus(self) -> str:
        """The name of the event bus."""
        return self._output("eventBusName") or self.physical_name("Serverlesspresso")

    @property
    def order_table(self) -> str:
        """The name of the table with one row an order."""
        return self._output("orderTableName") or self.physical_name("serverlesspresso-order-table")

    @property
    def config_table(self) -> str:
        """The name of the table with the shop's settings and the menu."""
        return self._output("configTableName") or self.physical_name("serverlesspresso-config-table")

    @property
    def counting_table(self) -> str:
        """The name of the table with the order numbers and the queue."""
        return self._output("countingTableName") or self.physical_name("serverlesspresso-counting-table")

    @property
    def processor(self) -> str:
        """The name of the workflow with one execution an order."""
        return self.physical_name("OrderProcessorWorkflow")

    @property
    def manager(self) -> str:
        """The name of the workflow with one execution a request."""
        return self.physical_name("OrderManagerStateMachine")

    @property
    def machine_arns(self) -> tuple[str, str] | None:
        """The ARNs of both workflows, processor first; None if they have to be derived."""
        processor, manager = self._output("orderProcessorArn"), self._output("orderManagerArn")
        return (processor, manager) if processor and manager else None

    @property
    def place(self) -> str:
        """Where it is, for people: an endpoint, or a region of AWS."""
        return self.endpoint or f"AWS {self.region}"

    def environment(self) -> dict[str, str]:
        """Return the variables that point another AWS client at a stack in an emulator."""
        if self.endpoint is None:
            return {"AWS_REGION": self.region}
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            **credentials_for(self.endpoint).environment(),
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }

    def session(self) -> boto3.Session:
        """Return a boto3 session that reaches it.

        For an emulator it has the emulator's key pair, and nothing of the machine's AWS configuration is looked at: a
        local run must work without any, and must not be able to touch an account. For AWS it is the ordinary one.
        """
        if self.endpoint is not None:
            return local_session(self.endpoint, self.region)
        import boto3

        return boto3.Session(region_name=self.region)

    def _output(self, name: str) -> str:
        value = self.outputs.get(name, "")
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class RunningStack:
    """The local stack that `espresso up` left running.

    Attributes:
        stack: The stack.
        started: When the emulator was started, as an ISO 8601 UTC time.
        parts: How many resources were deployed.
    """

    stack: Stack
    started: str
    parts: int


class StateFolder:
    """The folder in which the local stack's state lives.

    Args:
        path: The folder; `ESPRESSO_STATE` or `.espresso` under the project root if it isn't given.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or Path(os.environ.get("ESPRESSO_STATE") or PROJECT_ROOT / ".espresso")
        self._file = self.path / "stack.json"

    @property
    def emulator_folder(self) -> Path:
        """Where the emulator that `espresso up` starts keeps its data and its log."""
        return self.path / "emulator"

    def resources(self, stack: str) -> Path:
        """Return the file that remembers which resources a stack has in the emulator."""
        return self.path / f"resources.{stack}.json"

    def read(self) -> RunningStack | None:
        """Return what `up` left; None if there is nothing.

        Raises:
            StateError: The file is there, but isn't what `up` writes.
        """
        try:
            document = json.loads(self._file.read_text("utf-8"))
            running = RunningStack(**{**document, "stack": Stack(**document["stack"])})
            if datetime.fromisoformat(running.started).tzinfo is None or type(running.parts) is not int:
                raise ValueError("a value of another kind")
        except FileNotFoundError:
            return None
        except NotADirectoryError as error:
            raise self._unusable(error) from error
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise StateError(
                f"{self._file} can't be read ({type(error).__name__}). `espresso down` stops what runs and "
                "clears it away."
            ) from error
        read_record(self.emulator_folder)  # lets the stack's clients find the key pair
        return running

    def write(self, running: RunningStack) -> None:
        """Replace the state as a whole: a reader sees the old one or the new one, never a part.

        Raises:
            StateError: It cannot be written.
        """
        self._make()
        try:
            write_private(self._file, json.dumps(asdict(running), indent=2))
        except OSError as error:
            raise StateError(f"{self._file} can't be written: {error.strerror}.") from error

    def clear(self) -> None:
        """Forget the stack."""
        _remove(self._file)

    def purge(self, *, everything: bool) -> None:
        """Delete what the emulator left; with `everything`, the folder too."""
        _remove(self.emulator_folder)
        for path in self.path.glob("resources.*.json"):
            _remove(path)
        if everything:
            _remove(self.path)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keep a second `up` or `down` out while one is at work; the system frees it with the process.

        Raises:
            StateError: Another process holds it, or the folder cannot be used.
        """
        self._make()
        try:
            file = (self.path / "lock").open("w")
        except OSError as error:
            raise StateError(
                f"{self.path / 'lock'} can't be written ({error.strerror}). `espresso` keeps the local stack's "
                "state beside it: remove what is in the way, or name another folder in ESPRESSO_STATE."
            ) from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StateError(
                    "Another `espresso up` or `espresso down` is at work; wait until it is done."
                ) from error
            yield

    def _make(self) -> None:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> StateError:
        return StateError(
            f"{self.path} can't be used as the folder of the local stack's state ({error.strerror}). Remove what is "
            "in the way, or name another folder in ESPRESSO_STATE."
        )


def _remove(path: Path) -> None:
    """Delete a file or a folder, if it is there.

    Raises:
        StateError: It cannot be deleted.
    """
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except NotADirectoryError:
        pass
    except OSError as error:
        raise StateError(f"{error.filename or path} can't be deleted: {error.strerror}.") from error
