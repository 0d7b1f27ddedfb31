"""The program of the local stack's process: MiniStack as the client starts it, with the engine as its Step Functions.

This file is run by path (`python -P local/stacks/emulator_process.py ...`), never imported.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]


def mount_step_functions() -> None:
    """Put the engine in the place of MiniStack's Step Functions."""
    del sys.modules["jsonata"]
    from local.step_functions import mount

    mount()


def main() -> None:
    """Serve MiniStack on the inherited socket until SIGTERM."""
    sys.path.append(str(_ROOT))
    # By its path: the client's package would bring what the emulator's process has no use for.
    spec = importlib.util.spec_from_file_location(
        "engine_ministack", _ROOT / "stepfunctions_local_client" / "engine_ministack.py"
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"there is no stepfunctions_local_client in {_ROOT}")
    # MiniStack's Step Functions do without JSONata where it is missing; the engine loads it when a definition has some.
    sys.modules["jsonata"] = None  # type: ignore[assignment]
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    program.main(mount_step_functions)


if __name__ == "__main__":
    main()
