"""The parameters of a task, as far as they say on what it works, and the ARNs that they name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from dsl.errors import DefinitionError
from dsl.values.expressions import Expression

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLACEHOLDER: Final = re.compile(r"\$\{([^}]+)\}\Z")
_WHOLE: Final = re.compile(r"\s*\{%.*%\}\s*\Z", re.DOTALL)
_PREFIX: Final = re.compile(r"(?:States\.Format\(|\{%)\s*(?:'([^'{]*)|\"([^\"{]*))")

REMEDY: Final = "give permissions=, or on= or resource= where the function takes them"


class UnknownNeedError(DefinitionError):
    """What a task needs cannot be told from its parameters."""


class MissingNeedError(UnknownNeedError):
    """The parameter that says what a task needs is not given."""


def arn(service: str, resource: str) -> str:
    """Return the ARN of a resource in the account and region of the deployment."""
    return f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"


def placeholder(text: str) -> str | None:
    """Return the name of the placeholder that the text is, None where it is none."""
    found = _PLACEHOLDER.match(text)
    return found[1] if found else None


def named(text: str, service: str, kind: str) -> str:
    """Return the ARN of what is named by its ARN or its name. `${OrderTableName}` stands for `${OrderTableArn}`
    here."""
    bound = placeholder(text) or ""
    if text.startswith("arn:") or bound.endswith("Arn"):
        return text
    if bound.endswith("Name"):
        return f"${{{bound.removesuffix('Name')}Arn}}"
    return arn(service, f"{kind}{text}")


def role_arn(text: str) -> str:
    """Return the ARN of a role that is named by its ARN or, in the deployment's account, by its name."""
    if text.startswith("arn:") or (placeholder(text) or "").endswith("Arn"):
        return text
    return f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{text}"


class Given:
    """The parameters of a task: of the language, with expressions, or of a document, with `.$` and `{% %}`."""

    def __init__(self, call: str, parameters: object) -> None:
        self.call = call
        self.parameters: Mapping[str, object] = parameters if isinstance(parameters, Mapping) else {}
        if not isinstance(parameters, Mapping) and parameters is not None:
            raise self.unknown("all of its parameters are")

    def unknown(self, what: str) -> UnknownNeedError:
        """Return the error that something is known only while the workflow runs."""
        return UnknownNeedError(
            f"what {self.call} needs cannot be told, since {what} known only while it runs; {REMEDY}"
        )

    def has(self, name: str) -> bool:
        """Whether the parameter is given in any way."""
        return name in self.parameters or f"{name}.$" in self.parameters

    def text(self, name: str) -> str | None:
        """Return a literal parameter, None where there is none.

        Raises:
            UnknownNeedError: it is computed.
        """
        text, is_whole = self.prefix(name)
        if not is_whole:
            raise self.unknown(f"{name} is")
        return text or None

    def needed(self, name: str) -> str:
        """Return a literal parameter that has to be there."""
        found = self.text(name)
        if found is None:
            raise self._missing(name)
        return found

    def pattern(self, name: str) -> str:
        """Return a parameter that has to be there as IAM matches it: of `cup-{}` it is `cup-*`.

        Raises:
            UnknownNeedError: it is missing, or nothing of it is known before the workflow runs.
        """
        text, is_whole = self.prefix(name)
        if is_whole and text:
            return text
        if not text:
            raise self.unknown(f"{name} is") if self.has(name) else self._missing(name)
        return f"{text}*"

    def arn(self, name: str) -> str:
        """Return an ARN that has to be there, as IAM matches it.

        Raises:
            UnknownNeedError: it is missing, no ARN, or nothing of it is known before the workflow runs.
        """
        text = self.pattern(name)
        if not text.startswith("arn:") and "${" not in text:
            raise UnknownNeedError(f"{name} of {self.call} is an ARN, and {text!r} is none")
        return text

    def _missing(self, name: str) -> MissingNeedError:
        return MissingNeedError(f"what {self.call} needs cannot be told without {name}; {REMEDY}")

    def prefix(self, name: str) -> tuple[str, bool]:
        """How a text begins, and whether that is all of it."""
        computed = f"{name}.$" in self.parameters
        value = self.parameters.get(f"{name}.$" if computed else name)
        if not computed and not isinstance(value, str | Expression):
            return "", True
        if isinstance(value, str) and not computed and not _WHOLE.match(value):
            return str.__str__(value), True
        found = _PREFIX.match(value._asl() if isinstance(value, Expression) else str(value))
        return ((found[1] or found[2] or ""), False) if found else ("", False)

    def inside(self, name: str) -> Given:
        """Return the parameters in a parameter."""
        if f"{name}.$" in self.parameters or isinstance(self.parameters.get(name), Expression | str):
            raise self.unknown(f"{name} is")
        return Given(self.call, self.parameters.get(name))

    def each(self, name: str) -> Iterator[Given]:
        """Yield the objects in a list."""
        value = self.parameters.get(name)
        if not isinstance(value, list | tuple):
            raise self.unknown(f"{name} is")
        for item in value:
            yield Given(self.call, item)
