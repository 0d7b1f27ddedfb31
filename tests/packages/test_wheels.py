"""The libraries as somebody has them who installs them by name: from their wheels, far from this checkout."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local.environments.distributions import ROOT, build, libraries, package_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.metadata import Distribution

MEGABYTE: Final = 1_000_000
COFFEE: Final = ("handlers", "workflows", "program", "local", "examples", "bench", "tests")


class Installed(NamedTuple):
    """What an environment had after an installation: megabytes without byte code, and the modules on its top level."""

    size: float
    modules: frozenset[str]


class Environment(NamedTuple):
    """A fresh environment, and a folder beside it to work in."""

    python: Path
    work: Path

    def install(self, ours: Mapping[str, Distribution], *asked: str) -> Installed:
        """Install what requirements ask for: our libraries from their wheels, all others as they are in .venv.

        All are linked, which takes less than a second; what pip would put there is these files.
        """
        [packages] = self.python.parent.parent.glob("lib/*/site-packages")
        for distribution in closure([Requirement(text) for text in asked], ours):
            for name in {file.parts[0] for file in distribution.files or []} - {"..", "__pycache__"}:
                if not (packages / name).exists():
                    (packages / name).symlink_to(str(distribution.locate_file(name)))
        files = [
            Path(folder, name) for folder, _, names in os.walk(packages, followlinks=True) for name in names
        ]
        size = sum(path.stat().st_size for path in files if path.suffix != ".pyc") / MEGABYTE
        return Installed(size, frozenset(path.name for path in packages.iterdir()))

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run its interpreter in the folder, with nothing of this checkout in its surroundings."""
        mine = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))
        }
        return subprocess.run(
            [self.python, *arguments], capture_output=True, text=True, cwd=self.work, env=mine, check=False
        )


def fresh(folder: Path) -> Environment:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
    work = folder / "work"
    work.mkdir()
    return Environment(folder / "env" / "bin" / "python", work)


def closure(asked: list[Requirement], ours: Mapping[str, Distribution]) -> Iterable[Distribution]:
    """Return all distributions that requirements need, themselves or through others.

    Raises:
        importlib.metadata.PackageNotFoundError: one is neither a library of ours nor in this environment.
    """
    needed: dict[str, Distribution] = {}
    known: set[tuple[str, frozenset[str]]] = set()
    while asked:
        requirement = asked.pop()
        name = canonicalize_name(requirement.name)
        extras = frozenset(requirement.extras)
        if (name, extras) in known:
            continue
        known.add((name, extras))
        found = needed[name] = ours.get(name) or metadata.distribution(name)
        assert requirement.specifier.contains(found.version), requirement
        for line in found.requires or []:
            further = Requirement(line)
            marker = further.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                asked.append(further)
    return needed.values()


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    return dict(zip(libraries(), build(tmp_path_factory.mktemp("dist")), strict=True))


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory, wheels: Mapping[str, Path]) -> Mapping[str, Distribution]:
    """Provide our libraries as pip unpacks their wheels, each in a folder where it does not see the others."""
    folder = tmp_path_factory.mktemp("ours")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    options = ("--quiet", "--no-compile", "--no-index", "--no-deps", "--target", folder / "all")
    subprocess.run([*pip, "install", *options, *wheels.values()], check=True)
    for library in wheels:
        (folder / library).mkdir()
        information = f"{library.replace('-', '_')}-*.dist-info"
        for path in (folder / "all" / package_of(library), *(folder / "all").glob(information)):
            path.rename(folder / library / path.name)
    assert not any((folder / "all").iterdir())
    return {
        library: found for library in wheels for found in metadata.distributions(path=[str(folder / library)])
    }


@pytest.fixture(scope="module")
def language(
    tmp_path_factory: pytest.TempPathFactory, ours: Mapping[str, Distribution]
) -> tuple[Environment, Installed, Installed]:
    """Provide what has the language; with what there was when only the document tools were installed, and what
    there is."""
    environment = fresh(tmp_path_factory.mktemp("language"))
    tools = environment.install(ours, "serverlesspresso-asl")
    (environment.work / "orders.py").write_text(example("dsl"))
    return environment, tools, environment.install(ours, "serverlesspresso-dsl")


@pytest.fixture(scope="module")
def everything(
    tmp_path_factory: pytest.TempPathFactory, ours: Mapping[str, Distribution]
) -> tuple[Environment, Installed]:
    """Provide what has all four, and pytest."""
    environment = fresh(tmp_path_factory.mktemp("everything"))
    (environment.work / "orders.py").write_text(example("dsl"))
    return environment, environment.install(
        ours, "stepfunctions-local-client[ministack]", *libraries()[:3], "pytest"
    )


def example(package: str) -> str:
    """Return the Python of a library's page."""
    page = (ROOT / package / "README.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    return str(block)


@pytest.mark.parametrize("library", libraries())
def test_a_wheel_carries_one_package_with_its_types_its_page_and_its_licence(
    wheels: Mapping[str, Path], library: str
) -> None:
    package = package_of(library)
    with zipfile.ZipFile(wheels[library]) as wheel:
        names = wheel.namelist()
        [metadata] = [name for name in names if name.endswith(".dist-info/METADATA")]
        text = wheel.read(metadata).decode()
    information = metadata.removesuffix("/METADATA")
    assert {name.split("/")[0] for name in names} == {package, information}
    assert {f"{package}/py.typed", f"{information}/licenses/LICENSE"} <= set(names)
    assert f"\n\n# {library}\n" in text
    # Ranges, not the exact versions of this checkout: somebody has to live with other libraries.
    needed = re.findall(r"^Requires-Dist: ([^;\n]+)$", text, re.MULTILINE)
    assert needed
    assert not [line for line in needed if "==" in line]


def test_each_package_that_is_a_library_s_has_the_files_of_the_checkout(wheels: Mapping[str, Path]) -> None:
    for library, path in wheels.items():
        package = package_of(library)
        here = {
            str(file.relative_to(ROOT))
            for file in (ROOT / package).rglob("*")
            if file.is_file() and "__pycache__" not in file.parts and file.name != "README.md"
        }
        with zipfile.ZipFile(path) as wheel:
            there = {name for name in wheel.namelist() if ".dist-info/" not in name}
        assert there == here


def test_the_document_tools_are_small_and_check_and_draw_a_file(
    language: tuple[Environment, Installed, Installed],
) -> None:
    tools, there, _ = language
    assert there.size < 60
    assert there.modules.isdisjoint({"boto3", "pulumi", "dsl", "infra", *COFFEE})
    good = {"StartAt": "Brew", "States": {"Brew": {"Type": "Succeed"}}}
    (tools.work / "good.asl.json").write_text(json.dumps(good))
    (tools.work / "bad.asl.json").write_text(json.dumps({**good, "StartAt": "Stew"}))
    checked = tools.run("-m", "asl", "validate", "good.asl.json", "bad.asl.json")
    assert checked.returncode == 1, checked.stderr
    assert "MISSING_TRANSITION_TARGET" in checked.stdout
    drawn = tools.run("-m", "asl", "graph", "good.asl.json", "--output", "good.svg")
    assert drawn.returncode == 0, drawn.stderr
    assert "Brew" in (tools.work / "good.svg").read_text()
    said = tools.run("-c", example("asl"))
    assert "MISSING_TRANSITION_TARGET" in said.stdout, said.stderr


def test_the_language_is_small_compiles_and_shows_its_types(
    language: tuple[Environment, Installed, Installed],
) -> None:
    environment, _, there = language
    assert there.size < 75
    assert there.modules.isdisjoint({"boto3", "pulumi", "infra", *COFFEE})
    compiled = environment.run("-m", "dsl", "compile", "orders:machine")
    assert compiled.returncode == 0, compiled.stderr
    assert json.loads(compiled.stdout)["StartAt"] == "Store the order"
    (environment.work / "typed.py").write_text(
        "from typing import assert_type\n\nfrom dsl import StateMachine, Str\nfrom orders import machine, request\n\n"
        "assert_type(machine, StateMachine)\nassert_type(request.drink, Str)\nrequest.milk\n"
    )
    # Nobody asks a second time, so nothing is kept for it.
    options = ("--strict", "--cache-dir", os.devnull, "--python-executable", str(environment.python))
    command = [sys.executable, "-m", "mypy", *options, "typed.py"]
    judged = subprocess.run(command, capture_output=True, text=True, cwd=environment.work, check=False)
    assert re.findall(r"^\S+ error: .*$", judged.stdout, re.MULTILINE) == [
        'typed.py:8: error: "Request" has no attribute "milk"  [attr-defined]'
    ], judged.stdout + judged.stderr


@pytest.mark.parametrize("module", ["asl", "dsl"])
def test_no_command_misses_what_nobody_installed(
    language: tuple[Environment, Installed, Installed], module: str
) -> None:
    environment, _, _ = language
    helped = environment.run("-m", module, "--help")
    assert helped.returncode == 0, helped.stderr
    commands = re.findall(r"^    ([a-z]+)  ", helped.stdout, re.MULTILINE)
    assert {"validate", "graph"} <= set(commands)
    for command in commands:
        asked = environment.run("-m", module, command, "--help")
        assert (asked.returncode, asked.stderr) == (0, "")


def test_no_command_about_a_machine_misses_what_nobody_installed(
    language: tuple[Environment, Installed, Installed],
) -> None:
    environment, _, _ = language
    for arguments in (
        ["validate", "orders:machine"],
        ["graph", "orders:machine"],
        ["mocks", "orders:machine"],
    ):
        said = environment.run("-m", "dsl", *arguments)
        assert "Traceback" not in said.stderr
        assert "No module named" not in said.stderr


def test_the_plugin_runs_a_flow_where_a_test_asks_for_it_and_says_nothing_where_none_does(
    everything: tuple[Environment, Installed],
) -> None:
    environment, _ = everything
    (environment.work / "test_flow.py").write_text(
        "def test_it(stepfunctions_machine):\n"
        '    states = {"Brew": {"Type": "Pass", "Next": "Serve"}, "Serve": {"Type": "Succeed"}}\n'
        '    machine = stepfunctions_machine("Bar", {"StartAt": "Brew", "States": states})\n'
        '    machine.run({}).expect_succeeded().expect_path("Brew", "Serve")\n'
    )
    (environment.work / "test_other.py").write_text("def test_it():\n    assert True\n")
    for engine in ("embedded", "ministack"):
        flow = environment.run(
            *("-m", "pytest", "-p", "no:cacheprovider", "--stepfunctions-engine", engine, "test_flow.py")
        )
        assert flow.returncode == 0, flow.stdout + flow.stderr
        assert re.search(r"^Bar +2/2 +1/1", flow.stdout, re.MULTILINE), flow.stdout
    other = environment.run("-m", "pytest", "-p", "no:cacheprovider", "-W", "error", "test_other.py")
    assert other.returncode == 0, other.stdout + other.stderr
    assert "states" not in other.stdout
    assert other.stderr == ""


def test_the_components_are_declared_under_pulumi_s_mocks(everything: tuple[Environment, Installed]) -> None:
    environment, there = everything
    (environment.work / "program.py").write_text(
        "import pulumi\n\n\n"
        "class Mocks(pulumi.runtime.Mocks):\n"
        "    def new_resource(self, args):\n"
        "        print(args.typ, args.name)\n"
        "        return f'{args.name}-id', {**args.inputs, 'arn': f'arn:aws:x:::{args.name}'}\n\n"
        "    def call(self, args):\n"
        "        return {'region': 'eu-west-1', 'partition': 'aws', 'accountId': '123456789012'}\n\n\n"
        "pulumi.runtime.set_mocks(Mocks(), project='bar', stack='alice')\n\n\n"
        "@pulumi.runtime.test\ndef declare():\n"
        + "".join(f"    {line}\n" for line in example("infra").splitlines())
        + "\n\ndeclare()\n"
    )
    declared = environment.run("program.py")
    assert declared.returncode == 0, declared.stderr
    assert {"aws:dynamodb/table:Table orders", "aws:sfn/stateMachine:StateMachine Order"} <= set(
        declared.stdout.splitlines()
    )
    assert there.modules.isdisjoint(COFFEE)
