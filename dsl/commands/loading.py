"""Finds the object that `module:object` names."""

from __future__ import annotations

import importlib
import re
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from asl.commands.problems import CommandError
from asl.words import closest, listed
from dsl.errors import DslError
from dsl.machine.state_machine import StateMachine
from dsl.values.references import Reference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*(:[^\W\d]\w*(\.[^\W\d]\w*)*)?\Z")


def is_name(text: str) -> bool:
    """Whether a text has the form `module:object` or `module`."""
    return _NAME.match(text) is not None


def load(name: str, *, kind: type | None = StateMachine) -> object:
    """Import the module and return the object, of class `kind` unless that is None.

    A module alone will do if it has one workflow. Modules are looked for where Python was started, too; `flows.py`
    and `flows/hello.py` name those of these files.

    Raises:
        CommandError: there is no such module or object; a mistake in a workflow is reported as the language reports it,
            any other error of the module with the lines that led to it.
    """
    file, suffix, rest = name.partition(".py")
    if suffix and rest[:1] in ("", ":") and Path(f"{file}.py").is_file():
        name = f"{file.removeprefix('./').replace('/', '.')}{rest}"
    if not is_name(name):
        raise CommandError(
            f"{name!r} names no workflow: write module:object, such as workflows:order_manager."
        )
    module_name, _, attribute = name.partition(":")
    module = _imported(module_name)
    if not attribute:
        return _only(module, kind or StateMachine)
    found: object = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise CommandError(_missing(module, attribute, kind or StateMachine))
        found = getattr(found, part)
    if kind is not None and not isinstance(found, kind):
        raise CommandError(f"{name} is {_described(found)}, not a {kind.__name__}.")
    return found


def machine(name: str) -> StateMachine:
    """Return the workflow that `module:object` names.

    Raises:
        CommandError: as `load` says; or states were built that belong to no machine.
    """
    from dsl.states import unplaced

    begun = unplaced.number()
    found = load(name)
    if not isinstance(found, StateMachine):
        raise CommandError(f"{name} is {_described(found)}, not a StateMachine.")
    told = [*found.forgotten, *(unplaced.message_of(state) for state in unplaced.heads(after=begun))]
    if told:
        raise CommandError("\n".join(dict.fromkeys(told)), status=1)
    return found


def _imported(name: str) -> ModuleType:
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except DslError as error:
        raise CommandError(str(error), status=1) from None
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise CommandError(f"There is no module {name} here (looked from {here}).") from None
        raise CommandError(_story(name, error), status=1) from None
    except Exception as error:  # noqa: BLE001  # whatever the module does while it runs
        raise CommandError(_story(name, error), status=1) from None


def _story(name: str, error: Exception) -> str:
    """Return the error with the lines that led to it, without those of Python's import system and of this module."""
    lines = traceback.TracebackException.from_exception(error)
    lines.stack = traceback.StackSummary.from_list(
        [frame for frame in lines.stack if "importlib" not in frame.filename and frame.filename != __file__]
    )
    return f"{name} cannot be imported.\n{''.join(lines.format()).rstrip()}{_hint(error)}"


def _hint(error: Exception) -> str:
    """Return what to do about a TypeError of Python's own that only a reference can have led to."""
    found = re.search(r"expected str instance, (\w+) found|Object of type (\w+) is not JSON", str(error))
    if not isinstance(error, TypeError) or found is None:
        return ""
    if (found[1] or found[2]) not in {kind.__name__ for kind in _kinds(Reference)}:
        return ""
    if found[1]:
        return "\nA reference is no text yet; write format_string('{}, {}', one, other) in place of join()."
    return "\nWhat a task sends becomes JSON by itself: hand on the object, or json_to_string(value) as text."


def _kinds(kind: type[Reference]) -> Iterator[type]:
    for inner in kind.__subclasses__():
        yield inner
        yield from _kinds(inner)


def _only(module: ModuleType, kind: type) -> object:
    names = _names(module, kind)
    if len(names) == 1:
        return getattr(module, names[0])
    if not names:
        raise CommandError(f"There is no {kind.__name__} in {module.__name__}.")
    choices = listed([f"{module.__name__}:{name}" for name in names], "or")
    raise CommandError(f"{module.__name__} has {len(names)} workflows; name one: {choices}.")


def _missing(module: ModuleType, attribute: str, kind: type) -> str:
    names = _names(module, kind)
    near = closest(attribute, names) or closest(attribute, vars(module))
    if near:
        return f"There is no {attribute} in {module.__name__}; did you mean {module.__name__}:{near}?"
    has = f" It has {listed(names)}." if names else ""
    return f"There is no {attribute} in {module.__name__}.{has}"


def _names(module: ModuleType, kind: type) -> list[str]:
    return [name for name, value in vars(module).items() if isinstance(value, kind)]


def _described(value: object) -> str:
    if hasattr(value, "__file__"):
        return "a module"
    kind = type(value).__name__
    return f"{'an' if kind[:1] in 'AEIOUaeiou' else 'a'} {kind}"
