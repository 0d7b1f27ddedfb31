"""Makes the environment that the Makefile installs into, unless the one that is there will do.

    PYTHON -m local.environments.environment [--check | --scripts] [--like-me] [FOLDER]

It needs nothing but the standard library: it is run by the interpreter that the environment is to have. One that
`pulumi up` made is kept, and one that another interpreter made as well, unless `--like-me` says that the interpreter
was named. One that was copied or moved is made anew: its scripts and its links to the checkout name the old place.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

OLDEST: Final = (3, 11)
_ASK: Final = "import json, sys; print(json.dumps([*sys.version_info[:3], sys.base_prefix]))"


def fault(folder: Path, *, like_me: bool) -> str | None:
    """Return why an environment has to be created in the folder; None where the existing one can be used.

    Args:
        folder: Where the environment is, or is to be.
        like_me: Whether it has to have the interpreter that runs this.
    """
    try:
        made = (folder / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return "there is none"
    # `python -m venv` notes its own command line, whose last word is the folder; other tools note nothing.
    command = next((line for line in made.splitlines() if line.startswith("command = ")), None)
    if command is not None and not command.endswith(f" {folder.absolute()}"):
        return "it was made for another folder"
    try:
        asked = subprocess.run(
            [folder / "bin" / "python", "-c", _ASK], capture_output=True, check=True, timeout=60
        )
        *version, base = json.loads(asked.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return "its interpreter does not start"
    words = ".".join(map(str, version))
    if tuple(version[:2]) < OLDEST:
        return f"it has Python {words}"
    if like_me and (tuple(version), base) != (sys.version_info[:3], sys.base_prefix):
        return f"it has Python {words} from {base}"
    return None


def quote_scripts(folder: Path) -> None:
    """Let the scripts that pip wrote start in a folder whose name has a blank and what a shell reads more into.

    pip writes `exec "/path/python"` there, in which `$` and backquotes are not the path's own.
    """
    start = "#!/bin/sh\n'''exec' "
    for script in (folder / "bin").iterdir():
        if script.is_symlink() or not script.is_file():  # the interpreter; byte code
            continue
        content = script.read_bytes()
        if content.startswith(f'{start}"'.encode()):
            path, rest = content.removeprefix(f'{start}"'.encode()).split(b'" "$0"', 1)
            script.write_bytes(f'{start}{shlex.quote(path.decode())} "$0"'.encode() + rest)


def main(arguments: list[str]) -> int:
    """Make the environment if it has to be made; the process's exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m local.environments.environment", description=__doc__.splitlines()[0]
    )
    parser.add_argument("folder", nargs="?", type=Path, default=Path(".venv"))
    parser.add_argument("--like-me", action="store_true", help="make it anew if its interpreter is another")
    parser.add_argument("--check", action="store_true", help="make nothing: exit with 1 if it has to be made")
    parser.add_argument(
        "--scripts", action="store_true", help="quote the folder's name in its scripts, no more"
    )
    options = parser.parse_args(arguments)
    folder: Path = options.folder
    if options.scripts:
        quote_scripts(folder)
        return 0
    why = fault(folder, like_me=options.like_me)
    if why is None or options.check:
        return int(why is not None)
    there = (folder / "pyvenv.cfg").exists()
    if not there and folder.is_dir() and any(folder.iterdir()):
        print(f"{folder} is not a virtual environment; move it away", file=sys.stderr)
        return 1
    if find_spec("ensurepip") is None:
        print(
            f"{sys.executable} cannot create virtual environments. On Debian and Ubuntu: apt install python3-venv",
            file=sys.stderr,
        )
        return 1
    made = "Making the environment anew" if there else "Making the environment"
    print(f"{made}: {folder}, with Python {sys.version.split()[0]}{f' ({why})' if there else ''}", flush=True)
    # A process of its own: `venv` then notes the command by which a copy is known.
    anew = ["--clear"] if there else []
    return subprocess.run(
        [sys.executable, "-m", "venv", *anew, str(folder.absolute())], check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
