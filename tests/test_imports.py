"""Which of the project's packages may import which: the rooms of the house, and which way the doors open."""

from __future__ import annotations

import ast
import functools
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

import asl
import dsl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT = Path(__file__).parent.parent

ALLOWED: Final[dict[str, frozenset[str]]] = {
    "asl": frozenset(),
    "dsl": frozenset({"asl"}),
    "stepfunctions_local_client": frozenset({"asl"}),
    "handlers": frozenset(),
    "workflows": frozenset({"dsl"}),
    "infra": frozenset(),
    "program": frozenset({"dsl", "workflows", "infra"}),
    "local": frozenset(
        {"asl", "dsl", "workflows", "handlers", "infra", "program", "stepfunctions_local_client"}
    ),
}
"""What each package may import while it runs, beside itself."""

FOR_TYPES: Final[dict[str, frozenset[str]]] = {"infra": frozenset({"dsl"})}
"""What a package may import besides where only a type checker looks."""

IN_LAMBDA: Final = frozenset({"boto3", "botocore"})
"""What the Lambda runtime has beside the standard library."""


class Import(NamedTuple):
    """One import statement: the module that it loads, its line, and whether only a type checker sees it."""

    module: str
    line: int
    for_types: bool
    names: tuple[str, ...] = ()
    """What is imported from the module."""

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]


def imports(source: str) -> Iterator[Import]:
    """Every import of a module, also those inside of functions; relative ones stay in the package."""

    def visit(node: ast.AST, for_types: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            yield from (Import(name.name, node.lineno, for_types) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield Import(node.module or "", node.lineno, for_types, tuple(each.name for each in node.names))
        elif isinstance(node, ast.If):
            checked = _for_type_checkers(node.test)
            for statement in node.body:
                yield from visit(statement, for_types or checked is True)
            for statement in node.orelse:
                yield from visit(statement, for_types or checked is False)
        else:
            for child in ast.iter_child_nodes(node):
                if not isinstance(child, ast.expr):  # an expression holds no statement
                    yield from visit(child, for_types)

    return visit(ast.parse(source), False)


def _for_type_checkers(test: ast.expr) -> bool | None:
    """Whether a condition lets in type checkers alone (True), or all but them (False); None if it is about another."""
    match test:
        case ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return True
        case ast.UnaryOp(ast.Not(), ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            return False
    return None


@functools.cache
def imports_of(path: Path) -> tuple[Import, ...]:
    """Every import of a file. Each rule below reads each file, so that each is parsed once."""
    return tuple(imports(path.read_text()))


@functools.cache
def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def packages() -> list[str]:
    """Every package in the root of the project, but for the tests and what only measures."""
    found = {path.parent.name for path in ROOT.glob("*/*.py") if not path.parent.name.startswith(".")}
    return sorted(found - {"tests", "bench", "build", "docs"})


def test_every_package_has_its_place_in_the_order() -> None:
    assert set(packages()) <= set(ALLOWED)


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_what_lies_below_it(package: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{found.line} imports {found.module}"
        for path in modules(package)
        for found in imports_of(path)
        if found.package in ALLOWED.keys() - {package} - ALLOWED[package]
        and not (found.for_types and found.package in FOR_TYPES.get(package, ()))
    ]
    assert not wrong


@functools.cache
def graph() -> dict[str, frozenset[str]]:
    """Which modules each module of the project names, also where only a type checker looks."""
    paths = {path: _module(path) for package in (*packages(), "bench", "tests") for path in modules(package)}
    known = frozenset(paths.values())
    return {
        name: frozenset(target for found in imports_of(path) for target in _targets(found, known)) - {name}
        for path, name in paths.items()
    }


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _targets(found: Import, known: frozenset[str]) -> Iterator[str]:
    """Yield the modules that an import names: of `from a import b` it is `a.b` where that is one, otherwise `a`."""
    for name in found.names or ("",):
        inner = f"{found.module}.{name}"
        if inner in known:
            yield inner
        elif found.module in known:
            yield found.module


def circle(imported: Mapping[str, Iterable[str]]) -> list[str]:
    """Modules that import one another in a circle, the first of them once more at its end; empty if there are none."""
    try:
        TopologicalSorter(imported).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_no_module_imports_another_in_a_circle() -> None:
    assert circle(graph()) == []


def test_a_user_of_the_language_is_shown_the_language() -> None:
    for face in (asl, dsl):
        assert dir(face) == sorted(face.__all__)
        assert all(hasattr(face, name) for name in face.__all__)


def test_no_package_imports_the_tests_or_the_program() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{found.line} imports {found.module}"
        for package in packages()
        for path in modules(package)
        for found in imports_of(path)
        if found.package in {"tests", "bench", "__main__"}
    ]
    assert not wrong


def test_a_handler_imports_nothing_that_lambda_has_not() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{found.line} imports {found.module}"
        for path in modules("handlers")
        for found in imports_of(path)
        if not found.for_types and found.package not in sys.stdlib_module_names | IN_LAMBDA | {"handlers"}
    ]
    assert not wrong


def test_the_language_and_the_workflows_know_nothing_of_pulumi_or_boto3() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{found.line} imports {found.module}"
        for package in ("asl", "dsl", "workflows")
        for path in modules(package)
        for found in imports_of(path)
        if found.package.startswith(("pulumi", "boto3"))
    ]
    assert not wrong


class TestTheReader:
    """The reader of imports is trusted above, so it is tried here."""

    def test_it_finds_a_circle(self) -> None:
        assert circle({"a": "bc", "b": "c", "c": ""}) == []
        assert set(circle({"a": "b", "b": "c", "c": "db", "d": ""})) == {"b", "c"}

    @pytest.mark.parametrize(
        ("source", "found"),
        [
            ("import a.b", [("a.b", False)]),
            ("from a.b import c", [("a.b", False)]),
            ("from . import c", []),
            ("def f():\n    import a", [("a", False)]),
            ("try:\n    import a\nexcept ImportError:\n    import b", [("a", False), ("b", False)]),
            ("if TYPE_CHECKING:\n    import a\nelse:\n    import b", [("a", True), ("b", False)]),
            ("if typing.TYPE_CHECKING:\n    import a", [("a", True)]),
            ("if not TYPE_CHECKING:\n    import a", [("a", False)]),
            ("if x:\n    import a", [("a", False)]),
            ("'import a'", []),
        ],
    )
    def test_it_finds_each_import_and_who_sees_it(self, source: str, found: list[tuple[str, bool]]) -> None:
        assert [(each.module, each.for_types) for each in imports(source)] == found
