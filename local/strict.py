"""Makes the environment of the strict Step Functions engine: LocalStack 4.9.2, in `.venv-strict`.

    python -m local.strict [FOLDER]

It needs the dependencies of its own time: with newer ones it does not start. pip cannot install as of a date, so
uv does, from an environment that is thrown away afterwards. About 320 MB, a minute at most on a usual line; nothing
of the project is installed there. What is there already is kept.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

REQUIREMENT: Final = "localstack-core[runtime]==4.9.2"
AS_OF: Final = "2025-10-20"
FOLDER: Final = Path(__file__).parent.parent / ".venv-strict"
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
    wanted = f"{REQUIREMENT} as of {AS_OF}\n"
    mark = folder / _MARK
    if python.exists() and mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return python
    if folder.exists() and any(folder.iterdir()) and not (folder / "pyvenv.cfg").exists():
        raise StrictError(
            f"{folder} holds something that is no environment: name a folder that is not there yet"
        )
    started = time.monotonic()
    tell(f"Making {folder.name}: {REQUIREMENT} with the packages of {AS_OF}, about 320 MB")
    mark.unlink(missing_ok=True)
    venv.create(folder, with_pip=False, symlinks=True, clear=True)
    with tempfile.TemporaryDirectory(prefix="uv-") as installer:
        venv.create(installer, with_pip=True, symlinks=True)
        uv = Path(installer) / "bin" / "uv"
        pip = (uv.parent / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        _run("install uv", *pip, "uv")
        quiet = () if sys.stderr.isatty() else ("--quiet",)  # uv's own bars, where somebody sees them
        _run(
            "install LocalStack",
            *(uv, "pip", "install", *quiet, "--python", python, "--exclude-newer", AS_OF, REQUIREMENT),
        )
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
    environment = dict(os.environ)
    if "PIP_INDEX_URL" in environment:  # uv reads its own variables only
        environment.setdefault("UV_DEFAULT_INDEX", environment["PIP_INDEX_URL"])
    try:
        subprocess.run([str(part) for part in command], check=True, env=environment)
    except (subprocess.CalledProcessError, OSError) as error:
        why = "see above" if isinstance(error, subprocess.CalledProcessError) else str(error)
        raise StrictError(
            f"could not {what} ({why}). It needs a package index, which must say when a package was uploaded, and "
            "400 MB of room. Once they are there: make test-strict"
        ) from None


def main(arguments: list[str]) -> int:
    """Make the environment in the named folder; the process's exit status."""
    try:
        make(*map(Path, arguments[:1]))
    except StrictError as error:
        print(f"python -m local.strict: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
