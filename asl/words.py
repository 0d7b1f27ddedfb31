"""Words about a definition for the people who wrote it.

Where the wording of ValidateStateMachineDefinition is known, a message begins with it, so that it can be searched
for; what follows says what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LONGEST = 60
_MOST_COMPARED = 2_000
"""Among more names no similar one is looked for, which takes long."""


def describe(value: object) -> str:
    """Name a JSON value briefly: its text if it is short and simple, otherwise its kind."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'the string "{shorten(value)}"'
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, list):
        return "an array" if value else "an empty array"
    if isinstance(value, dict):
        return "an object" if value else "an empty object"
    return "no JSON value"


def number(value: float) -> str:
    """Write a number as JSON does, without the `.0` of a whole one; a gigantic one is not written out."""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**30 else "a number of more than 30 digits"
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def shorten(text: str) -> str:
    """Cut a text that is too long for a message."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def clipped(text: str, most: int = 1000) -> str:
    """Cut the middle out of a text that nobody reads to its end, such as a place below enormous keys."""
    half = (most - 5) // 2
    return text if len(text) <= most else f"{text[:half]} ... {text[-half:]}"


def closest(name: str, known: Iterable[str], likeness: float = 0.75) -> str | None:
    """Find the known name that was probably meant, if one is near enough."""
    names = [other for other in known if abs(len(other) - len(name)) <= _LONGEST]
    folded = {other.casefold(): other for other in reversed(names)}
    exact = folded.get(name.casefold())
    if exact is not None:
        return exact
    if len(name) > _LONGEST * 2 or len(folded) > _MOST_COMPARED:
        return None
    import difflib  # only who made a mistake waits for it

    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=likeness)
    return folded[near[0]] if near else None


def is_slip(word: str, meant: str) -> bool:
    """Whether a word is surely another one mistyped.

    By a letter or two, which neither make it longer at its end nor a plural, nor change a number in it, as the name of
    something newer might.
    """
    if abs(len(word) - len(meant)) > 1 or len(word) < 4 or f"{word}s" == meant:
        return False
    if word.startswith(meant):
        return word != meant and word[-1] == meant[-1] and word[-1].isalpha()
    if [c for c in word if c.isdigit()] != [c for c in meant if c.isdigit()]:
        return False
    most = 1 if len(word) < 6 else 2
    before: list[int] = []
    last = list(range(len(meant) + 1))
    for i, sign in enumerate(word, 1):
        row = [i]
        for j, other in enumerate(meant, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (sign != other))
            if before and j > 1 and sign == meant[j - 2] and word[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return 0 < last[-1] <= most


def listed(names: Sequence[str], last: str = "and") -> str:
    """Join names for a sentence: `A, B and C`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def with_article(noun: str) -> str:
    """Put `a` or `an` before a state type or the like."""
    return f"{'an' if noun[:1] in 'AEIOU' else 'a'} {noun}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for the closest known word, or all of them where none is close."""
    names = list(known)
    near = closest(word, names, likeness=0.6)
    if near is not None:
        return f" (did you mean {near!r}?)"
    if not names:
        return ""
    shown = ", ".join(sorted(names)[:12])
    return f" (there are: {shown}{', ...' if len(names) > 12 else ''})"
