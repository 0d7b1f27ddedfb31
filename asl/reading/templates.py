"""State machines inside SAM and CloudFormation templates."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from asl.reading.faults import DUPLICATE_KEY, MISSING, TOO_LARGE
from asl.reading.intrinsics import function, text_of
from asl.reading.json_text import parse_json
from asl.reading.places import MOST_CHARACTERS, SpentError
from asl.reading.sources import FileFault, FoundDefinition
from asl.reading.substitutions import Substitutions
from asl.words import shorten

if TYPE_CHECKING:
    from asl.reading.sources import Tree
    from asl.reading.texts import Span

_PLACEHOLDER: Final = re.compile(r"\s*\$\{[^{}]*\}\s*\Z")
SAM: Final = "AWS::Serverless::StateMachine"
CLOUDFORMATION: Final = "AWS::StepFunctions::StateMachine"
_FILES: Final = {SAM: "DefinitionUri", CLOUDFORMATION: "DefinitionS3Location"}
"""The property that may name a file beside the template (in CloudFormation, until it is packaged)."""
_TYPES: Final = {SAM: "Type", CLOUDFORMATION: "StateMachineType"}
"""The property that says whether executions are STANDARD, which they are without it, or EXPRESS."""


@dataclass(slots=True)
class Linked:
    """A definition in a file of its own, which a template names."""

    path: str
    span: Span
    location: str
    substitutions: Substitutions
    execution_type: str | None = None


@dataclass(slots=True)
class TemplateContent:
    """What a template holds."""

    definitions: list[FoundDefinition] = field(default_factory=list)
    faults: list[FileFault] = field(default_factory=list)
    linked: list[Linked] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def is_template(value: object) -> bool:
    """Whether a document is a SAM or CloudFormation template."""
    return isinstance(value, dict) and isinstance(value.get("Resources"), dict) and "StartAt" not in value


def machines(tree: Tree) -> TemplateContent:
    """Find every state machine of a template."""
    found = TemplateContent()
    resources = tree.value["Resources"] if isinstance(tree.value, dict) else None
    if not isinstance(resources, dict):
        return found
    for name, resource in resources.items():
        kind = resource.get("Type") if isinstance(resource, dict) else None
        properties = resource.get("Properties") if isinstance(resource, dict) else None
        if isinstance(kind, str) and kind in _FILES and isinstance(properties, dict):
            try:
                _MachineResource(tree, name, kind, properties, found).read()
            except SpentError:
                found.faults.append(_too_much(name, tree, resources))
                break
    prefixes = tuple(definition.prefix for definition in found.definitions)
    found.faults += [
        fault
        for fault in tree.faults
        # CloudFormation keeps the last of two keys; what a template does outside of definitions is its own matter.
        if fault.kind is not DUPLICATE_KEY or (fault.location or "").startswith(prefixes or ("\0",))
    ]
    return found


def _too_much(name: str, tree: Tree, resources: object) -> FileFault:
    message = (
        f"What this template puts into the definitions of its state machines, up to that of {shorten(name)}, has "
        f"more than {MOST_CHARACTERS // 2**20} MiB; the rest is not checked. AWS takes definitions of up to 1 MiB."
    )
    return FileFault(TOO_LARGE, message, tree.places.span(resources, name), f"/Resources/{name}")


class _MachineResource:
    """A state machine of a template, being read."""

    def __init__(
        self, tree: Tree, name: str, kind: str, properties: dict[str, object], found: TemplateContent
    ) -> None:
        self._tree = tree
        self._places = tree.places
        self._name = name
        self._kind = kind
        self._properties = properties
        self._found = found
        self._prefix = f"/Resources/{name}/Properties"
        written = properties.get(_TYPES[kind], "STANDARD")
        self._type = written if isinstance(written, str) and "${" not in written else None
        parameters = tree.value.get("Parameters") if isinstance(tree.value, dict) else None
        self._substitutions = Substitutions.of(
            properties.get("DefinitionSubstitutions"), tree.places, parameters
        )
        found.faults += [
            fault._replace(location=f"{self._prefix}/DefinitionSubstitutions{fault.location}")
            for fault in self._substitutions.faults
        ]

    def read(self) -> None:
        """Take the definition from whichever property has it."""
        uri = _FILES[self._kind]
        if "Definition" in self._properties:
            self._inline(self._properties["Definition"], "Definition")
        elif "DefinitionString" in self._properties and self._kind == CLOUDFORMATION:
            self._string(self._properties["DefinitionString"])
        elif isinstance(self._properties.get(uri), str):
            self._file(str(self._properties[uri]), uri)
        elif uri in self._properties:
            self._note("its definition lies in S3")
        else:
            self._note("it has no definition")

    def _note(self, why: str) -> None:
        self._found.notes.append(f"{self._name} is not checked: {why}.")

    def _inline(self, value: object, step: str) -> None:
        places = self._places.inside(value, self._places.value_start(self._properties, step))
        if _calls_macro(value, set()):
            self._note("a macro (Fn::Transform) writes part of its definition")
            return
        root, faults = self._substitutions.put_into(value, places, functions=True, texts=self._kind == SAM)
        if function(root) is None and not (isinstance(root, str) and function(value)):
            places.root = root
            self._keep(FoundDefinition(root, places, self._name, f"{self._prefix}/{step}"), faults)
        else:
            self._note("what its definition is, only the deployment knows")

    def _string(self, value: object) -> None:
        step = "DefinitionString"
        if function(value) == "Fn::ToJsonString" and isinstance(value, dict):
            self._inline(value["Fn::ToJsonString"], step)
            return
        text = text_of(value, self._places, self._properties, step)
        if text is None or _PLACEHOLDER.match(text.value):
            self._note("what its definition is, only the deployment knows")
            return
        if not text.value.strip():
            fault = FileFault(MISSING, "This definition is empty.", self._places.span(self._properties, step))
            self._found.faults.append(fault._replace(location=f"{self._prefix}/{step}"))
            return
        tree = parse_json(text, self._places.file)
        tree.places.allowance = self._places.allowance
        definition = FoundDefinition(tree.value, tree.places, self._name, f"{self._prefix}/{step}")
        if tree.broken:
            self._found.faults += [fault._replace(location=definition.prefix) for fault in tree.faults]
            return
        faults = list(tree.faults)
        if function(value) is None:
            definition.document, more = self._substitutions.put_into(tree.value, tree.places, functions=False)
            faults += more
        self._keep(definition, faults)

    def _keep(self, definition: FoundDefinition, faults: list[FileFault]) -> None:
        definition.execution_type = self._type
        definition.unquoted = frozenset(definition.places.unquoted)
        self._found.definitions.append(definition)
        self._found.faults += [
            fault._replace(location=definition.location(fault.location)) for fault in faults
        ]

    def _file(self, path: str, step: str) -> None:
        if "://" in path or path.startswith("arn:"):
            self._note("its definition lies elsewhere")
            return
        span = self._places.span(self._properties, step)
        self._found.linked.append(
            Linked(path, span, f"{self._prefix}/{step}", self._substitutions, self._type)
        )


def _calls_macro(value: object, seen: set[int]) -> bool:
    if not isinstance(value, dict | list) or id(value) in seen:
        return False
    seen.add(id(value))  # aliases of YAML share what they stand for
    inside = value.values() if isinstance(value, dict) else value
    return "Fn::Transform" in value or any(_calls_macro(item, seen) for item in inside)
