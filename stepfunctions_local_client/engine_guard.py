"""Runs an engine, and ends it with all of its processes and removes its files when standard input closes.

That is when the process that started it is gone, also when that one was killed. This file is run by path, never
imported: `python engine_guard.py FOLDER COMMAND...`.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading


def watch(process: subprocess.Popen[bytes], folder: str, ending: threading.Event) -> None:
    """End the engine when standard input closes; kill it if it takes longer than five seconds."""
    while os.read(0, 1):
        pass
    ending.set()
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(0, signal.SIGKILL)  # whatever it has started, and this process


def main() -> int:
    """Run the command until it ends."""
    folder, *command = sys.argv[1:]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    ending = threading.Event()
    watcher = threading.Thread(target=watch, args=(process, folder, ending), daemon=True)
    watcher.start()
    code = process.wait()
    if ending.is_set():
        watcher.join()
    return code


if __name__ == "__main__":
    sys.exit(main())
