"""JSON documents in which outputs may stand."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from typing import TYPE_CHECKING

import pulumi

if TYPE_CHECKING:
    from collections.abc import Mapping


def json_text(document: Mapping[str, object]) -> pulumi.Output[str]:
    """Return the JSON of a document, once the outputs that its lists and objects hold in the place of values are known.

    `pulumi.Output.json_dumps` answers the same, but makes outputs of each key, list and text, which took a sixth of
    the time in which a program ran.

    Raises:
        TypeError: A value has no form in JSON, and will have none.
    """
    inputs: list[pulumi.Input[object]] = []

    def collected(value: object) -> None:
        if not isinstance(value, pulumi.Output | Awaitable):
            raise TypeError(f"a {type(value).__name__} has no form in JSON")
        inputs.append(value)

    def written(values: list[object]) -> str:
        return json.dumps(document, default=dict(zip(inputs, values, strict=True)).__getitem__)

    json.dumps(document, default=collected)
    return pulumi.Output.all(*inputs).apply(written)
