"""The files beside a Pulumi program: `Pulumi.yaml` and `Pulumi.<stack>.yaml`.

The Pulumi CLI would read them; in process it is done here, with the same precedence: the project's defaults,
then the stack's file, then what the caller gives. See https://www.pulumi.com/docs/iac/concepts/config/.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from local.deployer.errors import ProjectError
from local.stacks.stack import PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROGRAM = PROJECT_ROOT / "__main__.py"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader in C, where PyYAML was built with it."""


@dataclass(frozen=True, slots=True)
class Project:
    """A Pulumi project: its name, the program to run, and configuration with full keys ("project:key")."""

    name: str
    program: Path
    config: Mapping[str, str]
    secret_keys: frozenset[str]

    @classmethod
    def load(cls, program: Path, *, stack: str, config: Mapping[str, str] | None = None) -> Project:
        """Read the project of a program file.

        A key of `config` without a colon belongs to the project.

        Raises:
            ProjectError: A file is missing, is invalid, or holds a secret, which only the Pulumi CLI can decrypt; or a
                key of the project has neither a default nor a value, which the Pulumi CLI refuses as well.
        """
        program = program.resolve()
        if not program.is_file():
            raise ProjectError(program, "there is no such program")
        project_file = program.with_name("Pulumi.yaml")
        project = _read(project_file)
        name = project.get("name")
        if not isinstance(name, str) or not name:
            raise ProjectError(project_file, "the project has no name")

        values: dict[str, str] = {}
        secret_keys = set()
        asked: set[str] = set()
        for key, declared in _section(project_file, project, "config").items():
            # A declaration is a map with a type; anything else is short for its value.
            default = (
                declared.get("default", declared.get("value")) if isinstance(declared, dict) else declared
            )
            if default is not None:
                values[_full(name, key)] = _text(default)
            elif _full(name, key).startswith(f"{name}:"):
                asked.add(_full(name, key))
            if isinstance(declared, dict) and declared.get("secret") is True:
                secret_keys.add(_full(name, key))
        stack_file = program.with_name(f"Pulumi.{stack}.yaml")
        given = dict(config or {})
        if stack_file.is_file():
            for key, value in _section(stack_file, _read(stack_file), "config").items():
                if isinstance(value, dict) and set(value) == {"secure"}:
                    if key in given or key.removeprefix(f"{name}:") in given:
                        continue
                    raise ProjectError(stack_file, f"{key} is encrypted, which only the Pulumi CLI can read")
                values[_full(name, key)] = _text(value)
        values |= {_full(name, key): value for key, value in given.items()}
        if missing := sorted(asked - values.keys()):
            keys = ", ".join(key.removeprefix(f"{name}:") for key in missing)
            raise ProjectError(
                project_file, f"{keys} has no default, and the stack {stack} gives it no value"
            )
        return cls(name=name, program=program, config=values, secret_keys=frozenset(secret_keys))


def _read(path: Path) -> dict[str, object]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe one
    except FileNotFoundError:
        raise ProjectError(path, "there is no such file; a Pulumi program needs it beside it") from None
    except yaml.YAMLError as error:
        raise ProjectError(path, f"not valid YAML: {error}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ProjectError(path, "not a YAML mapping")
    return content


def _section(path: Path, content: Mapping[str, object], key: str) -> dict[str, object]:
    section = content.get(key)
    if section is None:
        return {}
    if not isinstance(section, dict):
        raise ProjectError(path, f"{key} is not a mapping")
    return section


def _full(project: str, key: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _text(value: object) -> str:
    """Return a configuration value as a string: a YAML scalar as JSON would write it, a structure as JSON."""
    return value if isinstance(value, str) else json.dumps(value)
