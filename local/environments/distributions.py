"""Builds the libraries that are installed by name, each a wheel of its own, from `packages/` and the root's folders.

    python -m local.environments.distributions [FOLDER]

A folder below `packages/` says what a library is called and what it needs; its code is the one folder of the root that
its `pyproject.toml` includes, whose README.md is its page. What is put together for a build lies elsewhere, so that the
checkout holds each file once.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ROOT / "packages"


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
        # One environment for all four, where a build by pip makes one for each.
        builder = Path(folder) / "builder"
        venv.create(builder, symlinks=True)
        python = builder / "bin" / "python"
        pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
        needed = {line for library in libraries() for line in _settings(library)["build-system"]["requires"]}
        subprocess.run([*pip, "install", "--quiet", "--no-compile", *sorted(needed)], check=True)
        return [_build(library, Path(folder) / library, target, python) for library in libraries()]


def _build(library: str, stage: Path, target: Path, python: Path) -> Path:
    package = package_of(library)
    shutil.copytree(ROOT / package, stage / package, ignore=shutil.ignore_patterns("__pycache__"))
    for source in (PACKAGES / library / "pyproject.toml", ROOT / package / "README.md", ROOT / "LICENSE"):
        shutil.copy(source, stage)
    pattern = f"{library.replace('-', '_')}-*.whl"
    for old in target.glob(pattern):
        old.unlink()
    built = subprocess.run(
        [
            python,
            "-c",
            "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])",
            target,
        ],
        cwd=stage,
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode:
        print(built.stdout, built.stderr, sep="", file=sys.stderr)
        built.check_returncode()
    [wheel] = target.glob(pattern)
    return wheel


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
