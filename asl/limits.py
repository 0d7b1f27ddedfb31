"""How large a definition may be. What is larger is refused at the entrance, so that nothing behind it has to ask."""

from __future__ import annotations

from typing import Final

DEEPEST: Final = 200
"""Arrays and objects within one another. AWS documents no limit; 50 Parallel states within one another are nobody's."""
LARGEST: Final = 1_048_576
"""Characters: https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html"""
MOST_VALUES: Final = 200_000
"""Values of a document: three times as many as a definition of `LARGEST` characters has that does something."""

TOO_DEEP_CODE: Final = "TOO_DEEPLY_NESTED"
TOO_LARGE_CODE: Final = "DEFINITION_TOO_LARGE"

TOO_DEEP_MESSAGE: Final = f"This is nested more than {DEEPEST} levels deep; the checker reads no deeper."
TOO_MANY_MESSAGE: Final = f"The definition has more than {MOST_VALUES:,} values; the checker reads no more."


def too_large(size: int) -> str:
    """Return what is said of a definition of more than `LARGEST` characters."""
    return f"The definition has {size:,} characters without spaces; AWS takes up to {LARGEST:,}."
