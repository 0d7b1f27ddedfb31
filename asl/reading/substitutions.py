"""What a template puts into a definition: `DefinitionSubstitutions`, and functions in place of values.

AWS's handler replaces texts in the text of the definition
(https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-stepfunctions, DefinitionProcessor.java).
So what stands in quotes stays a text, also where a number is put in, and a quote that is put in ends the text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from asl.locations import ROOT, Location
from asl.reading.faults import SUBSTITUTION, UNKNOWN_SUBSTITUTION
from asl.reading.intrinsics import NO_VALUE, chosen, function, text_of
from asl.reading.json_text import parse_json
from asl.reading.sources import FileFault
from asl.reading.texts import Text
from asl.words import closest, describe, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.reading.places import Places

_USE = re.compile(r"\$\{([A-Za-z0-9_]+)\}")
_RAW = re.compile(r'["\\\x00-\x1f]')
"""What a text cannot have in JSON's quotes as it is."""
_MOST_FAULTS = 100
_MOST_COMPARED: Final = 500
"""Among more names no similar one is looked for, which takes long."""
_LISTS: Final = ("CommaDelimitedList", "List<")


@dataclass(frozen=True, slots=True)
class Substitutions:
    """The names that a definition may use, with their texts; None for one that is not known."""

    values: Mapping[str, str | None]
    complete: bool = True
    """Whether there are no other names, so that using one is a mistake."""
    faults: tuple[FileFault, ...] = ()
    """Values that are none."""

    @classmethod
    def of(cls, written: object, places: Places, parameters: object = None) -> Substitutions:
        """Read the property `DefinitionSubstitutions`. `parameters` are those of the template."""
        if written is None:
            return cls({})
        if not isinstance(written, dict) or function(written) is not None:
            return cls({}, complete=False)
        values: dict[str, str | None] = {}
        faults = []
        for name, value in written.items():
            text = text_of(value, places, written, name)
            values[name] = None if text is None else text.value
            what = _list_parameter(value, parameters)
            if isinstance(value, dict | list) and function(value) is None:
                what = describe(value)
            if what is not None:
                message = (
                    f"A substitution is a text, a number or true or false, and {shorten(name)} is {what}."
                )
                faults.append(FileFault(SUBSTITUTION, message, places.span(written, name), f"/{name}"))
        complete = not any(name.startswith("Fn::") for name in written)
        return cls(values, complete, tuple(faults[:_MOST_FAULTS]))

    def put_into(
        self, root: object, places: Places, *, functions: bool, texts: bool = False
    ) -> tuple[object, list[FileFault]]:
        """Put the texts into every string of a definition, in place.

        With `functions`, intrinsic functions are replaced too, as in a definition that is part of a template; with
        `texts`, each of them by a text, as SAM does it. Answers with the definition and a fault for every name that is
        used but not given, and for every text that leaves no JSON.
        """
        faults: list[FileFault] = []
        root = _through(root) if functions else root
        if isinstance(root, str):
            return self._filled(root, places), faults
        told: set[str] = set()
        done: set[int] = set()

        def text(value: str, container: object, step: str | int, place: Location) -> object:
            for name in _USE.findall(value):
                if self.complete and name not in self.values and name not in told:
                    told.add(name)
                    faults.append(self._unknown(name, places, container, step, place))
            places.allowance.take(len(value))
            if "${" not in value:
                return value
            filled, fault = self._replaced(value, places, (id(container), step) in places.unquoted)
            if fault is not None:
                faults.append(FileFault(SUBSTITUTION, fault, places.span(container, step), str(place)))
            return filled

        def fill(container: object, place: Location) -> None:
            if id(container) in done or not isinstance(container, dict | list):
                return
            done.add(id(container))
            if isinstance(container, dict) and any("${" in key for key in container):
                self._rename(container, places)
            steps = list(container) if isinstance(container, dict) else range(len(container))
            places.allowance.take(2 * len(steps))
            for step in steps:
                value: object = container[step]
                if isinstance(value, str):
                    value = text(value, container, step, place / step)
                elif functions and function(value) is not None:
                    value = _plain(value, places, container, step, texts=texts)
                if value == NO_VALUE and isinstance(container, dict):
                    del container[str(step)]
                else:
                    container[step] = value
                    fill(value, place / step)

        fill(root, ROOT)
        return root, faults[:_MOST_FAULTS]

    def _rename(self, container: dict[str, object], places: Places) -> None:
        """Put the texts into the keys of an object, which keep their order and their places."""
        table = places.objects.get(id(container), {})
        for key in list(container):
            name = self._filled(key, places)
            container[name] = container.pop(key)
            if name != key and key in table:
                table[name] = table[key]

    def _replaced(self, text: str, places: Places, unquoted: bool) -> tuple[object, str | None]:
        """Return what a value comes to, and what is wrong with it then."""
        used = _USE.findall(text)
        if unquoted:
            known = self.values.get(used[0]) if len(used) == 1 else None
            if known is None or "${" in known:
                return text, None
            places.allowance.take(len(known))
            tree = parse_json(Text.at(known, 0), known)
            if tree.broken:
                return (
                    text,
                    f"${{{used[0]}}} stands without quotes, and its value, {shorten(known)}, is not JSON.",
                )
            return tree.value, None
        filled = self._filled(text, places)
        raw = next((name for name in used if _RAW.search(self.values.get(name) or "")), None)
        if raw is None:
            return filled, None
        written = _USE.sub(lambda found: self.values.get(found[1]) or found[0], json.dumps(text)[1:-1])
        try:
            return json.loads(f'"{written}"'), None
        except ValueError:
            found = _RAW.search(self.values.get(raw) or "")
            sign = found[0] if found is not None else ""
            what = {'"': 'a "', "\\": "a \\"}.get(sign, "a line break or another control character")
            how = {'"': '\\"', "\\": "\\\\"}.get(sign, "\\n or the like")
            return filled, (
                f"The value of ${{{raw}}} is put into this text as it is, and has {what} in it, after which the "
                f"definition is not JSON: write {how} there."
            )

    def _filled(self, text: str, places: Places) -> str:
        def replacement(found: re.Match[str]) -> str:
            written = self.values.get(found[1]) or found[0]
            places.allowance.take(len(written))
            return written

        places.allowance.take(len(text))
        return _USE.sub(replacement, text) if "${" in text else text

    def _unknown(
        self, name: str, places: Places, container: object, step: str | int, location: Location
    ) -> FileFault:
        near = closest(name, self.values) if len(self.values) <= _MOST_COMPARED else None
        given = f'; did you mean "${{{near}}}"?' if near else ", so it stays in the definition as it is."
        message = f"DefinitionSubstitutions have no value for ${{{shorten(name)}}}{given}"
        return FileFault(UNKNOWN_SUBSTITUTION, message, places.span(container, step), str(location))


def _list_parameter(value: object, parameters: object) -> str | None:
    """Return that a value is a parameter of the template which holds a list, None where it is anything else."""
    name = value.get("Ref") if isinstance(value, dict) else None
    parameter = parameters.get(name) if isinstance(parameters, dict) and isinstance(name, str) else None
    kind = parameter.get("Type") if isinstance(parameter, dict) else None
    return f"the parameter {name}, a list" if isinstance(kind, str) and kind.startswith(_LISTS) else None


def _plain(value: object, places: Places, container: object, step: str | int, *, texts: bool) -> object:
    """Return what stands in the definition where a template calls a function."""
    value = _through(value)
    if function(value) is None and (isinstance(value, dict | list) or not texts):
        return value
    text = text_of(value, places, container, step)
    return text.value if text is not None else f"${{{function(value)}}}"


def _through(value: object) -> object:
    """Go through `Fn::If` to one of its values, and through `Fn::ToJsonString` to what it makes a text of."""
    while (name := function(value)) in ("Fn::If", "Fn::ToJsonString") and isinstance(value, dict):
        value = chosen(value)[0] if name == "Fn::If" else value[name]
    return value
