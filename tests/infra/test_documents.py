"""JSON documents in which outputs stand: what is written, and what Pulumi still knows of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from infra.documents import json_text

if TYPE_CHECKING:
    from tests.infra.conftest import RecordProgram

QUEUE = """
from infra.documents import json_text

queue = aws.sqs.Queue("letters", name="letters")
"""


def test_outputs_are_filled_in_wherever_they_stand(recorded: RecordProgram) -> None:
    outputs = recorded(
        QUEUE
        + """
async def later():
    return "in time"

document = {
    "Of": queue.name, "Deep": {"List": [1, queue.arn, None, {"Again": queue.name}], "Later": later()},
    "Object": pulumi.Output.from_input({"Name": queue.name}), "Plain": [True, "é", 1.5, []],
}
pulumi.export("text", json_text(document))
pulumi.export("of pulumi", pulumi.Output.json_dumps({**document, "Deep": {**document["Deep"], "Later": later()}}))
"""
    ).outputs
    arn = "arn:aws:sqs:us-east-1:123456789012:letters"
    assert json.loads(str(outputs["text"])) == {
        "Of": "letters",
        "Deep": {"List": [1, arn, None, {"Again": "letters"}], "Later": "in time"},
        "Object": {"Name": "letters"},
        "Plain": [True, "é", 1.5, []],
    }
    assert outputs["text"] == outputs["of pulumi"]


def test_a_document_depends_on_what_it_names(recorded: RecordProgram) -> None:
    recording = recorded(
        QUEUE
        + 'aws.sqs.QueuePolicy("p", queue_url="u", policy=json_text({"Statement": [{"Resource": queue.arn}]}))'
    )
    queue = recording.get("Queue", "letters")
    assert recording.get("QueuePolicy", "p").property_dependencies == {"policy": frozenset({queue.urn})}


def test_a_document_with_a_secret_is_one(recorded: RecordProgram) -> None:
    recording = recorded(
        QUEUE
        + 'aws.sqs.QueuePolicy("p", queue_url="u", policy=json_text({"Word": [pulumi.Output.secret("sesame")]}))'
    )
    assert recording.get("QueuePolicy", "p").secret_inputs == {"policy"}


def test_a_document_without_outputs_is_known_at_once(recorded: RecordProgram) -> None:
    assert recorded(QUEUE + 'pulumi.export("text", json_text({"a": [1]}))').outputs == {"text": '{"a": [1]}'}


def test_what_has_no_form_in_json_is_refused_where_the_document_is_made() -> None:
    with pytest.raises(TypeError, match="a set has no form in JSON"):
        json_text({"a": [{1}]})
