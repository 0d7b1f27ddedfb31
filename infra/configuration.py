"""What a stack is configured with, refused where a key is one that the program does not read."""

from __future__ import annotations

import difflib

import pulumi
from pulumi.runtime import config as runtime


def configuration(*known: str) -> dict[str, str]:
    """Return the values of the project's own keys, as text; a key that has none is left out.

    Pulumi hands every value to the program and does not ask which ones are read, so that a mistyped key does nothing,
    and nobody notices.

    Args:
        known: The keys that the program reads, without the project's name.

    Raises:
        pulumi.RunError: a key is set that the program does not read. The Pulumi CLI prints the message alone.
    """
    start = f"{pulumi.get_project()}:"
    # In process the runtime is told its values; the Pulumi CLI puts them into the environment.
    given = {
        key.removeprefix(start)
        for key in {*runtime.CONFIG.get(), *runtime.get_config_env()}
        if key.startswith(start)
    }
    if unknown := sorted(given.difference(known)):
        raise pulumi.RunError(" ".join(_refused(key, known) for key in unknown))
    config = pulumi.Config()
    return {key: value for key in known if (value := config.get(key)) is not None}


def _refused(key: str, known: tuple[str, ...]) -> str:
    by_lower = {name.lower(): name for name in known}
    meant = difflib.get_close_matches(key.lower(), by_lower, n=1)
    advice = f"did you mean {by_lower[meant[0]]}?" if meant else f"there are {', '.join(known) or 'none'}."
    return f"{key} is not a setting of this program; {advice} `pulumi config rm {key}` takes it away."
