"""Choice states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsl.validation.diagnostics import Severity
from dsl.validation.rules.registry import Finding, state_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsl.validation.view import State, View


@state_rule("CHOICE_WITHOUT_DEFAULT", Severity.WARNING, "Choice")
def choice_has_a_default(state: State, _view: View) -> Iterator[Finding]:
    """A choice says where to go when no rule matches; otherwise the execution fails there.

    Example::

        {"Shop Open?": {"Type": "Choice", "Choices": [
            {"Variable": "$.open", "BooleanEquals": true, "Next": "Brew"}]},
         "Brew": {"Type": "Pass", "End": true}}
    """
    if "Default" not in state.value:
        yield Finding(
            "This Choice has no Default: when no rule matches, the execution fails with States.NoChoiceMatched.",
            state.location,
        )
