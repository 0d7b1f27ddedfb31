"""Makes the environment of the strict Step Functions engine: LocalStack 4.9.2, in `.venv-strict`.

    python -m local.strict [FOLDER]

It needs the dependencies of its own time: with newer ones it does not start. pip cannot install as of a date, so
uv does, in an environment that is thrown away afterwards. About 320 MB; nothing of the project is installed there.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Final

REQUIREMENT: Final = "localstack-core[runtime]==4.9.2"
AS_OF: Final = "2025-10-20"
FOLDER: Final = Path(__file__).parent.parent / ".venv-strict"
_MARK: Final = ".made"


def make(folder: Path = FOLDER) -> Path:
    """Make the environment unless it is there; its interpreter.

    Raises:
        subprocess.CalledProcessError: it could not be made; what the failing program said is on standard error.
    """
    python = folder / "bin" / "python"
    wanted = f"{REQUIREMENT} as of {AS_OF}\n"
    mark = folder / _MARK
    if mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return python
    mark.unlink(missing_ok=True)
    venv.create(folder, with_pip=False, symlinks=True)
    with tempfile.TemporaryDirectory(prefix="uv-") as installer:
        venv.create(installer, with_pip=True, symlinks=True)
        uv = Path(installer) / "bin" / "uv"
        _run(uv.parent / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv")
        _run(uv, "pip", "install", "--quiet", "--python", python, "--exclude-newer", AS_OF, REQUIREMENT)
    mark.write_text(wanted, encoding="utf-8")
    return python


def _run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True)


if __name__ == "__main__":
    print(make(*map(Path, sys.argv[1:2])))
