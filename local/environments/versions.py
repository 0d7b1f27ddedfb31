"""Resolves anew what is installed: `constraints.txt`, and `constraints-strict.txt` for the strict engine.

    python -m local.environments.versions [PACKAGE ...]

Without a package all move to the newest versions that `pyproject.toml` admits; with some, only they do, and what they
need. pip resolves for the interpreter that runs it; uv, from a temporary environment, for every
one from 3.11 on. The index must say when a package was uploaded: the strict engine has the packages of its own time.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import venv
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from local.environments.strict import CONSTRAINTS as STRICT
from local.environments.strict import REQUIREMENTS as STRICT_REQUIREMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final = ROOT / "constraints.txt"
AS_OF: Final = "2025-10-20"
"""The strict engine does not start with packages that are younger than this."""
BACKEND: Final = "setuptools"
_BACKEND_RANGE: Final = f"{BACKEND}>=77"
_HEADER: Final = "# Exact versions, for every Python from 3.11 on. `make upgrade` resolves them anew.\n"
_PIN: Final = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[\w.+!]+)(?: ; .+)?")


def pins(text: str) -> dict[str, str]:
    """Return the versions of a constraints file by normalised name.

    Raises:
        ValueError: A line pins nothing.
    """
    found = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        pin = _PIN.fullmatch(line)
        if pin is None:
            raise ValueError(f"not of the form NAME==VERSION: {line!r}")
        found[pin["name"]] = pin["version"]
    return found


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """Tell what moved, came and went, a line each."""
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield f"{name:30} {old or '(not there)'} -> {new or '(gone)'}"


_SEEDS: Final = frozenset({"pip", "setuptools", "wheel"})
"""What an environment is born with; nothing here needs it once it is made."""


def installed() -> dict[str, str]:
    """Return what this environment holds from an index, by normalised name."""
    return {
        re.sub(r"[-_.]+", "-", distribution.name).lower(): distribution.version
        for distribution in metadata.distributions()
        if distribution.name not in _SEEDS
        and distribution.read_text("direct_url.json") is None
        and Path(str(distribution.locate_file(""))) != ROOT
    }


def upgrade(packages: list[str]) -> None:
    """Write both files, and the build backend's version into each `pyproject.toml`; tell what changed."""
    with tempfile.TemporaryDirectory(prefix="uv-") as folder:
        venv.create(folder, with_pip=True, symlinks=True)
        python, uv = Path(folder) / "bin" / "python", Path(folder) / "bin" / "uv"
        _run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv")
        chosen = [option for package in packages for option in ("--upgrade-package", package)]
        _resolve(uv, PROJECT, _BACKEND_RANGE, "--all-extras", "pyproject.toml", *(chosen or ["--upgrade"]))
        if not packages:
            _resolve(uv, STRICT, "\n".join(STRICT_REQUIREMENTS), "--upgrade", "--exclude-newer", AS_OF)
    backend = f"{BACKEND}=={pins(PROJECT.read_text(encoding='utf-8'))[BACKEND]}"
    for path in (ROOT / "pyproject.toml", *ROOT.glob("packages/*/pyproject.toml")):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(rf'"{BACKEND}==[^"]+"', f'"{backend}"', text), encoding="utf-8")


def _resolve(uv: Path, file: Path, requirements: str, *options: str) -> None:
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    # What is there already is what uv prefers, where nothing asks for an upgrade.
    with tempfile.NamedTemporaryFile("w+", prefix="constraints-", suffix=".txt", encoding="utf-8") as output:
        output.write(before)
        output.flush()
        _run(
            *(uv, "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
            *("--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
            *("--output-file", output.name, *options, "-"),
            given=requirements,
        )
        after = _HEADER + Path(output.name).read_text(encoding="utf-8")
    moved = list(changes(pins(before), pins(after)))
    file.write_text(after, encoding="utf-8")
    print(f"{file.name}: {len(moved) or 'nothing'} changed, {len(pins(after))} packages")
    print(*(f"  {line}\n" for line in moved), sep="", end="", flush=True)


def _run(*command: str | Path, given: str = "") -> None:
    environment = dict(os.environ)
    if "PIP_INDEX_URL" in environment:  # uv reads its own variables only
        environment.setdefault("UV_DEFAULT_INDEX", environment["PIP_INDEX_URL"])
    subprocess.run(
        [str(part) for part in command], check=True, env=environment, cwd=ROOT, input=given, text=True
    )


def main(arguments: list[str]) -> int:
    """Resolve anew, or tell how this environment differs; the process's exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m local.environments.versions", description=__doc__.splitlines()[0]
    )
    parser.add_argument("package", nargs="*", help="move these only; all without one")
    parser.add_argument(
        "--installed",
        action="store_true",
        help="tell how what is installed here differs from constraints.txt, and resolve nothing",
    )
    options = parser.parse_args(arguments)
    if options.installed:
        wanted, here = pins(PROJECT.read_text(encoding="utf-8")), installed()
        lines = list(changes({name: wanted[name] for name in wanted if name in here}, here))
        print(
            f"{len(lines) or 'None'} of {len(here)} packages differ from {PROJECT.name}", *lines, sep="\n  "
        )
        return 0
    try:
        upgrade(options.package)
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"python -m local.environments.versions: {error}", file=sys.stderr)
        return 1
    print("Now read `git diff`, then `make lint test test-strict`.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
