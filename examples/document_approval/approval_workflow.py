"""A document is registered, waits for its reviewer, and is approved, rejected or expires.

The reviewer's answer comes with the task token that the function `KeepToken` put into the document's row:
`SendTaskSuccess` approves, `SendTaskFailure` with the error `Rejected` rejects.
"""

from __future__ import annotations

from typing import Annotated

from dsl import OneOf, Placeholder, Shape, StateMachine, Str, context, end, optional, wire
from dsl.dynamodb import Item, Table, UpdateItem, attr, put_item, set_, update_item
from dsl.events import Contract, put_events

SOURCE = "example.approvals"
REJECTED = "Rejected"


class Submission(Shape):
    """What somebody hands in."""

    documentId: Str
    reviewer: Str


class Request(Submission):
    """What the reviewer is asked, with the token that brings the answer back."""

    TaskToken: Str


class Decision(Shape):
    """What became of a document."""

    documentId: Str
    decision: Annotated[Str, OneOf("approved", "rejected", "expired")]


class Document(Item):
    """A document's row."""

    documentId: Str
    reviewer: Str
    status: Str
    TaskToken: Annotated[Str, optional]


contract = Contract("EventBus", source=SOURCE)
Submitted = contract.event("Document.Submitted", Submission)
ReviewRequested = contract.event("Document.ReviewRequested", Request)
Decided = contract.event("Document.Decided", Decision)

documents = Table("DocumentTable", Document, partition_key="documentId")
document = Submitted.detail
key = {"documentId": document.documentId}

register = put_item(
    "Register the document",
    documents,
    item={**key, "reviewer": document.reviewer, "status": "waiting"},
    condition=~attr("documentId").exists(),
)
ask = put_events(
    "Ask the reviewer",
    ReviewRequested(documentId=document.documentId, reviewer=document.reviewer, TaskToken=context.task.token),
    wait_for_token=True,
    timeout=Placeholder("ReviewSeconds"),
)


def decide(decision: str) -> UpdateItem[Document]:
    """Write a decision into the row and tell everybody."""
    written = update_item(f"Write: {decision}", documents, key=key, update=set_(status=decision))
    tell = put_events(f"Tell: {decision}", Decided(documentId=document.documentId, decision=decision))
    wire(written >> tell >> end(document))
    return written


register >> ask >> decide("approved")
ask.catch(REJECTED, to=decide("rejected"))
ask.catch("States.Timeout", to=decide("expired"))

approval = StateMachine("DocumentApproval", register, comment="Has a document approved by its reviewer")
