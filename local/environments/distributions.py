"""Builds the libraries that are installed by name, each a wheel of its own, from `packages/` and the root's folders.

    python -m local.environments.distributions [FOLDER]

A folder below `packages/` says what a library is called and what it needs; its code is the one folder of the root that
its `pyproject.toml` includes, whose README.md is its page. What is put together for a build lies elsewhere, so that the
checkout holds each file once.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ROOT / "packages"
_BUILD: Final = """
import os, sys
from setuptools import build_meta

target, *stages = sys.argv[1:]
for stage in stages:
    os.chdir(stage)
    build_meta.build_wheel(target)
"""


def package_of(library: str) -> str:
    """Return the import package of a library, `dsl` of `serverlesspresso-dsl`."""
    [pattern] = _settings(library)["tool"]["setuptools"]["packages"]["find"]["include"]
    return str(pattern).removesuffix("*")


def _settings(library: str) -> dict[str, Any]:
    return tomllib.loads((PACKAGES / library / "pyproject.toml").read_text(encoding="utf-8"))


def libraries() -> list[str]:
    """Return the names of the libraries."""
    return sorted(path.parent.name for path in PACKAGES.glob("*/pyproject.toml"))


def build(target: Path) -> list[Path]:
    """Build all libraries.

    Args:
        target: The folder for the wheels. Older wheels of the same libraries are deleted.

    Returns:
        The wheels, in the order of `libraries`.

    Raises:
        subprocess.CalledProcessError: one could not be built. What was said of it is on standard error.
    """
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="distributions-") as folder:
        stages = [_stage(library, Path(folder) / library) for library in libraries()]
        backend = Path(folder) / "backend"
        needed = {line for library in libraries() for line in _settings(library)["build-system"]["requires"]}
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
        options = ("--quiet", "--no-compile", "--no-warn-conflicts", "--target", backend)
        subprocess.run([*pip, "install", *options, *sorted(needed)], check=True)
        for library in libraries():
            for old in target.glob(_wheel(library)):
                old.unlink()
        # One process with that backend for all four, where a build by pip makes an environment for each.
        built = subprocess.run(
            [sys.executable, "-P", "-S", "-c", _BUILD, target.absolute(), *stages],
            env=os.environ | {"PYTHONPATH": str(backend)},
            capture_output=True,
            text=True,
            check=False,
        )
    if built.returncode:
        print(built.stdout, built.stderr, sep="", file=sys.stderr)
        built.check_returncode()
    wheels = []
    for library in libraries():
        [wheel] = target.glob(_wheel(library))
        wheels.append(wheel)
    return wheels


def _stage(library: str, stage: Path) -> Path:
    """Put together what a library is built from. Return the folder."""
    package = package_of(library)
    shutil.copytree(ROOT / package, stage / package, ignore=shutil.ignore_patterns("__pycache__"))
    for source in (PACKAGES / library / "pyproject.toml", ROOT / package / "README.md", ROOT / "LICENSE"):
        shutil.copy(source, stage)
    return stage


def _wheel(library: str) -> str:
    """Return the pattern of the names of a library's wheels."""
    return f"{library.replace('-', '_')}-*.whl"


def main(arguments: list[str]) -> int:
    """Build into the named folder, or `dist`; the process's exit status."""
    try:
        for wheel in build(Path(arguments[0]).absolute() if arguments else ROOT / "dist"):
            print(f"{wheel}  {wheel.stat().st_size / 1024:.0f} KB")
    except subprocess.CalledProcessError as error:
        print(f"python -m local.environments.distributions: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
