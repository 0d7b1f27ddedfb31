"""One definition: its states, scopes and transitions, the texts in its fields, and what Step Functions takes it for.

Definition(document)               the scopes and states of any JSON, with their transitions (`model`)
matches(error_equals, error)       whether a retrier or catcher takes an error (`error_names`)
waits_for_token(resource)          whether a task with this resource waits for its token; of a state its property

Whoever walks a definition uses these: the checker, the drawing, the engine, the mocks, the client.
"""

from __future__ import annotations

from asl.definitions.model import Definition, Scope, State, Transition
from asl.error_names import matches
from asl.expressions import JSON_PATH, JSONATA
from asl.services.resources import waits_for_token

__all__ = [
    "JSONATA",
    "JSON_PATH",
    "Definition",
    "Scope",
    "State",
    "Transition",
    "matches",
    "waits_for_token",
]
