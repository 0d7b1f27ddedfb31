"""axe-core, which checks a page's accessibility: installed with npm once, into a folder of this Python environment.

The version is pinned in `vendor/package.json`. A test run finds it there afterwards, without a network.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_PACKAGE = Path(__file__).parent / "vendor" / "package.json"
_SECONDS = 120


class NotInstalled(Exception):  # noqa: N818
    """axe-core could not be had; the message says why and what to do."""


def source() -> str:
    """Return the source of axe-core, as a browser runs it.

    Raises:
        NotInstalled: It isn't there, and npm is not, or did not install it.
    """
    version = json.loads(_PACKAGE.read_text("utf-8"))["devDependencies"]["axe-core"]
    folder = Path(sys.prefix) / "share" / "console-tests"
    file = folder / f"axe-core-{version}.js"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Two workers of a test run may come here at once.
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.exists():
                _install(file)
    return file.read_text("utf-8")


def _install(file: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NotInstalled("there is no npm to install axe-core with (apt install npm)")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(_PACKAGE, folder)
        command = [npm, "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            ran = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise NotInstalled(f"npm did not install axe-core within {_SECONDS} s") from error
        if ran.returncode != 0:
            raise NotInstalled(f"npm could not install axe-core: {ran.stderr.strip()[-600:]}")
        built = file.with_suffix(".part")
        shutil.copy(Path(folder) / "node_modules" / "axe-core" / "axe.min.js", built)
        built.replace(file)
