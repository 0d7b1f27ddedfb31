"""EventBridge: the types of event on a bus, and tasks that put events there.

A `Contract` names the bus and the source; each event type in it declares its detail once, and from that come the
typed view that a workflow reads, the check of what a workflow sends, and the JSON Schema:

    contract = Contract("EventBus", source="awsserverlessda.serverlesspresso")
    NewOrder = contract.event("Validator.NewOrder", NewOrderDetail)
    NewOrder.detail.orderId                             # "$.detail.orderId" of a workflow that it starts
    put_events("Tell", Finished(orderId=order.orderId))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic

from dsl.arguments import explained
from dsl.errors import DefinitionError
from dsl.options import TaskOptions
from dsl.permissions.given import named
from dsl.states.integrations import ServiceTask
from dsl.states.retries import transient
from dsl.states.tasks import Permission, Task
from dsl.values.expressions import ReferencePath
from dsl.values.fitting import fault_of
from dsl.values.placeholders import Placeholder
from dsl.values.references import S, Shape, fields, json_schema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn, Unpack

    from dsl.values.expressions import JsonObject
    from dsl.values.payloads import Payload

TRANSIENT: Final = transient(
    "EventBridge.InternalException", "EventBridge.FailedEntry", "EventBridge.SdkClientException"
)
"""The transient errors, which tasks retry by default; `EventBridge.FailedEntry` stands for a refused entry."""

MAX_ENTRIES: Final = 10  # of one PutEvents call


class PutEventsEntry:
    """One event to send: an event type with its detail filled in."""

    def __init__(self, event: EventType[S], detail: Mapping[str, Payload]) -> None:
        self.bus = event.contract.bus
        self.arn = event.contract.arn
        self.payload: dict[str, Payload] = {
            "Detail": dict(detail),
            "DetailType": event.detail_type,
            "EventBusName": event.contract.bus,
            "Source": event.contract.source,
        }


class EventType(Generic[S]):
    """One type of event: calling it with the fields of its detail makes an entry for `put_events()`."""

    def __init__(self, contract: Contract, detail_type: str, shape: type[S]) -> None:
        self.contract = contract
        self.detail_type = detail_type
        self.shape = shape

    def __repr__(self) -> str:
        return f"<EventType {self.detail_type}>"

    @property
    def detail(self) -> S:
        """The detail, as a workflow reads it that a rule started with the whole event."""
        return self.shape(ReferencePath("$").child("detail"))

    def __call__(self, *unnamed: NoReturn, **detail: Payload) -> PutEventsEntry:
        """Fill in the detail, field by field.

        Raises:
            DefinitionError: a field is unknown, missing or has no name, or a value cannot be what its field declares.
        """
        if unnamed:
            raise DefinitionError(
                f"the fields of the event {self.detail_type} are given by their names, id=order.id"
            )
        fault = fault_of(self.shape, detail)
        if fault:
            raise DefinitionError(f"the event {self.detail_type} {fault}")
        return PutEventsEntry(self, {name: detail[name] for name in fields(self.shape) if name in detail})

    def schema(self) -> JsonObject:
        """Return the JSON Schema of the detail."""
        return json_schema(self.shape)


class Contract:
    """What one source puts on one bus.

    The deployment binds the bus (`${EventBusName}`, `${EventBusArn}`); `existing` is one that is there by this name,
    such as the account's `default`.
    """

    @explained
    def __init__(self, bus: str, *, source: str, existing: bool = False) -> None:
        self.bus: str = bus if existing else Placeholder(f"{bus}Name")
        self.arn: str = named(bus, "events", "event-bus/") if existing else Placeholder(f"{bus}Arn")
        self.source = source
        self.events: dict[str, EventType[Any]] = {}

    @explained
    def event(self, detail_type: str, shape: type[S]) -> EventType[S]:
        """Declare an event type.

        Raises:
            DefinitionError: there is one of this detail-type, or its detail is no shape.
        """
        given: object = shape
        if not (isinstance(given, type) and issubclass(given, Shape)):
            raise DefinitionError(f"the detail of an event is a Shape, and not {given!r}")
        if detail_type in self.events:
            raise DefinitionError(f"the event {detail_type} is declared already")
        event = EventType(self, detail_type, shape)
        self.events[detail_type] = event
        return event


@explained
def put_events(
    name: str,
    *entries: PutEventsEntry,
    **options: Unpack[TaskOptions],
) -> Task:
    """Return a task that puts 1 to 10 events on their buses, and may wait until somebody returns its token.

    What comes back with the token is in the slot that `into` names.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html

    Raises:
        DefinitionError: there are no entries or too many, or a token or timeout is missing.
    """
    if not 1 <= len(entries) <= MAX_ENTRIES:
        raise DefinitionError(
            f"PutEvents takes 1 to {MAX_ENTRIES} events in one call, not {len(entries)}", state=name
        )
    for entry in entries:
        if not isinstance(entry, PutEventsEntry):
            raise DefinitionError(f"{entry!r} is no event; fill in the detail of an event type", state=name)
    arns = sorted({str(entry.arn) for entry in entries})
    return ServiceTask(
        name,
        "events:putEvents",
        {"Entries": [entry.payload for entry in entries]},
        permissions=[Permission("events:PutEvents", arn) for arn in arns],
        default_retry=TRANSIENT,
        **options,
    )
