"""Where values are kept while a workflow runs: results, slots that several states share, and variables."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, cast

from dsl.arguments import explained
from dsl.errors import DefinitionError
from dsl.values.expressions import ReferencePath
from dsl.values.references import R, S, make, view

MAX_NAME: Final = 80  # characters of a name: https://states-language.net/#states-fields


@lru_cache(maxsize=4096)
def result_root(name: str) -> str:
    """Where the result of the state with this name is kept: its words in camel case below `$`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()  # é becomes e
    first, *rest = re.findall(r"[A-Za-z0-9]+", plain) or ["result"]
    word = first.lower() if first.isupper() else first[0].lower() + first[1:]
    joined = word + "".join(part[0].upper() + part[1:] for part in rest)
    return f"$.{joined}" if joined[0].isalpha() else f"$.s{joined}"


def variable_root(name: str) -> str:
    """Return the root of a variable: https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html.

    Raises:
        DefinitionError: it is no name of a variable.
    """
    if not name.isidentifier() or name == "states" or len(name) > MAX_NAME:
        raise DefinitionError(
            f"{name!r} cannot name a variable: use letters, digits and _, a letter first, at most {MAX_NAME}; "
            "`states` is taken"
        )
    return f"${name}"


def is_variable(root: str) -> bool:
    """Whether a root is that of a variable, and not of the data or of the context object."""
    return root[1:2] not in ("", "$", ".")


@explained
def variable(kind: type[R], name: str) -> R:
    """Return a typed view of the variable that a state assigns by this name.

    Raises:
        DefinitionError: it is no name of a variable.
    """
    check_name(name, "variable(Str, 'name')")
    return cast("R", make(kind, ReferencePath(variable_root(name))))


def check_name(name: object, call: str) -> None:
    """Check that something is a text.

    Raises:
        DefinitionError: it is none.
    """
    if not isinstance(name, str):
        raise DefinitionError(f"the kind comes first, and then a name: {call}, and not {name!r}")


@explained
def slot(shape: type[S], name: str) -> S:
    """Return a named place in the state's data that several states may write (`into=`) and others read.

    Raises:
        DefinitionError: the name is no plain word.
    """
    check_name(name, "slot(Answer, 'answer')")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise DefinitionError(f"{name!r} cannot name a slot: use letters, digits and _, a letter first")
    return view(shape, f"$.{name}")
