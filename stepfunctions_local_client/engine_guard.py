"""Runs an engine and ends it, with all of its processes, when standard input closes.

That is when the process that started it is gone, also when that one was killed. This file is run by path, never
imported: `python engine_guard.py COMMAND...`.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading


def watch(process: subprocess.Popen[bytes]) -> None:
    """End the engine when standard input closes; kill it if it takes longer than five seconds."""
    while os.read(0, 1):
        pass
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(0, signal.SIGKILL)


def main() -> int:
    """Run the command until it ends."""
    process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=watch, args=(process,), daemon=True).start()
    return process.wait()


if __name__ == "__main__":
    sys.exit(main())
