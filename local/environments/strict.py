"""Makes the environment of the strict Step Functions engine: LocalStack 4.9.2, in `.venv-strict`.

    python -m local.environments.strict [FOLDER]

LocalStack needs the packages of its own time: with newer ones it does not start. `constraints-strict.txt` names them.
About 320 MB, a minute at most on a usual line; nothing of the project is installed there. What is there already is
kept.
"""

from __future__ import annotations

import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

REQUIREMENT: Final = "localstack-core[runtime]==4.9.2"
_BACKEND: Final = ("setuptools", "wheel")
REQUIREMENTS: Final = (REQUIREMENT, *_BACKEND)
"""What is installed: four of the packages have no wheel, and what builds them is to be as old as they are."""
CONSTRAINTS: Final = Path(__file__).parents[2] / "constraints-strict.txt"
FOLDER: Final = Path(__file__).parents[2] / ".venv-strict"
_MARK: Final = ".made"


class StrictError(Exception):
    """The environment could not be made; the message says at which step, and what to do."""


def make(folder: Path = FOLDER, *, tell: Callable[[str], object] = print) -> Path:
    """Make the environment unless it is there; its interpreter.

    Args:
        folder: Where it is to be. An environment that is there and is another one is deleted.
        tell: Called with a line before each step that takes its time.

    Raises:
        StrictError: it could not be made. What the failing program said is on standard error.
    """
    python = folder / "bin" / "python"
    wanted = CONSTRAINTS.read_text(encoding="utf-8")
    mark = folder / _MARK
    if python.exists() and mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return python
    if folder.exists() and any(folder.iterdir()) and not (folder / "pyvenv.cfg").exists():
        raise StrictError(f"{folder} is not a virtual environment: name a folder that does not exist yet")
    started = time.monotonic()
    tell(f"Making {folder.name}: {REQUIREMENT} and what {CONSTRAINTS.name} names, about 320 MB")
    mark.unlink(missing_ok=True)
    venv.create(folder, with_pip=True, symlinks=True, clear=True)
    install = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile")
    constrained = (*install, "--constraint", CONSTRAINTS)
    _run("install what builds packages", *constrained, *_BACKEND)
    _run("install LocalStack", *constrained, "--no-build-isolation", REQUIREMENT)
    tell("Trying whether it starts")
    _run(
        "import LocalStack",
        python,
        "-c",
        "import localstack.runtime.main, localstack.services.stepfunctions.provider",
    )
    mark.write_text(wanted, encoding="utf-8")
    tell(f"Made {folder.name} in {time.monotonic() - started:.0f} s")
    return python


def _run(what: str, *command: str | Path) -> None:
    try:
        subprocess.run([str(part) for part in command], check=True)
    except (subprocess.CalledProcessError, OSError) as error:
        why = "see above" if isinstance(error, subprocess.CalledProcessError) else str(error)
        raise StrictError(
            f"could not {what} ({why}). It needs a package index and 400 MB of room. Once they are there: "
            "make test-strict"
        ) from None


def main(arguments: list[str]) -> int:
    """Make the environment in the named folder; the process's exit status."""
    try:
        make(*map(Path, arguments[:1]))
    except StrictError as error:
        print(f"python -m local.environments.strict: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
