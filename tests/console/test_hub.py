"""What pages are told, and that nothing grows without bound; no browser and no stack are needed."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from local.console import hub as hubs
from local.console.hub import Hub
from local.console.subscription import HeardEvents

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest


async def _next(stream: AsyncIterator[str]) -> list[dict[str, Any]]:
    async for text in stream:
        if text.startswith("data: "):
            messages: list[dict[str, Any]] = json.loads(text.removeprefix("data: "))
            return messages
    raise AssertionError("the stream ended")


def stream_of(hub: Hub) -> AsyncIterator[str]:
    page = hub.open_page()
    assert page is not None
    return hub.stream(page)


def order(key: str, state: str = "CREATED") -> dict[str, Any]:
    return {"id": key, "state": state}


def test_a_page_gets_the_whole_first_and_then_the_changes() -> None:
    async def look() -> None:
        hub = Hub({"key": "k"})
        hub.orders([order("1")], complete=True)
        stream = stream_of(hub)
        (whole,) = await _next(stream)
        assert whole["t"] == "snapshot"
        assert whole["key"] == "k"
        assert [one["id"] for one in whole["orders"]] == ["1"]
        hub.orders([order("1", "COMPLETED")], complete=False)
        hub.event({"n": 1, "order": "1"})
        assert [one["t"] for one in await _next(stream)] == ["order", "bus"]

    asyncio.run(look())


def test_what_has_not_changed_is_not_told_again_and_what_is_gone_is() -> None:
    async def look() -> None:
        hub = Hub({})
        hub.orders([order("1"), order("2")], complete=True)
        stream = stream_of(hub)
        await _next(stream)
        hub.orders([order("1")], complete=True)
        assert await _next(stream) == [{"t": "gone", "id": "2"}]

    asyncio.run(look())


def test_a_page_that_does_not_read_gets_a_new_whole_and_no_endless_backlog(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hubs, "_MOST_PENDING", 10)

    async def look() -> None:
        hub = Hub({})
        stream = stream_of(hub)
        await _next(stream)
        for at in range(50):
            hub.event({"n": at, "order": None})
        (whole,) = await _next(stream)
        assert whole["t"] == "snapshot"
        assert len(whole["bus"]) == 50

    asyncio.run(look())


def test_old_events_and_executions_are_forgotten() -> None:
    hub = Hub({})
    for at in range(hubs.MOST_EVENTS + 100):
        hub.event({"n": at, "order": "1"})
    assert len(hub.events_of("1")) == hubs.MOST_EVENTS
    for at in range(hubs.MOST_EXECUTIONS + 100):
        hub.execution({"arn": str(at), "order": "1"})
    assert len(hub.executions_of("1")) == hubs.MOST_EXECUTIONS


def test_two_pages_are_told_the_same() -> None:
    async def look() -> None:
        hub = Hub({})
        one, other = stream_of(hub), stream_of(hub)
        await _next(one)
        await _next(other)
        hub.orders([order("1")], complete=False)
        assert await _next(one) == await _next(other)

    asyncio.run(look())


def test_there_are_so_many_pages_and_a_place_that_is_given_back_is_free() -> None:
    async def look() -> None:
        hub = Hub({})
        pages = [hub.open_page() for _ in range(hubs.MOST_PAGES)]
        assert None not in pages
        assert hub.open_page() is None
        assert pages[0] is not None
        hub.close_page(pages[0])
        assert hub.open_page() is not None
        assert hub.pages == hubs.MOST_PAGES

    asyncio.run(look())


def test_what_is_kept_is_bounded_in_characters_too() -> None:
    hub = Hub({})
    for at in range(hubs.MOST_EVENTS):
        hub.event({"n": at, "order": "1", "seen": f"{at:09}", "detail": "x" * 20_000})
    kept = hub.events_of("1")
    assert sum(len(json.dumps(event)) for event in kept) <= hubs._MOST_EVENT_CHARACTERS
    assert kept[-1]["n"] == hubs.MOST_EVENTS - 1, "the newest stays"


def test_what_a_page_has_not_read_is_bounded_in_characters_too() -> None:
    async def look() -> None:
        hub = Hub({})
        stream = stream_of(hub)
        await _next(stream)
        for at in range(300):
            hub.event({"n": at, "order": None, "detail": "x" * 20_000})
        (page,) = hub._pages
        assert page._pending is None, "it gets the whole instead"
        assert (await _next(stream))[0]["t"] == "snapshot"

    asyncio.run(look())


def test_events_to_send_again_are_bounded_in_number_and_in_characters() -> None:
    heard = HeardEvents()
    for at in range(2000):
        heard.add(at, {"detail": "x" * 1000})
    assert heard.event(0) is None
    assert heard.event(1999) == {"detail": "x" * 1000}
    for at in range(100):
        heard.add(at, {"detail": "x" * 250_000})
    assert sum(heard.event(at) is not None for at in range(100)) <= 32


def test_a_history_that_is_read_again_tells_no_event_twice_and_the_order_of_time_holds() -> None:
    hub = Hub({})
    hub.event({"n": 1, "order": "1", "seen": "2"})
    for number in (2, 3):
        hub.event({"n": number, "order": "1", "seen": "1", "past": "execution 1"})
    assert [event["n"] for event in hub._bus.views()] == [2, 1]


def test_the_newest_orders_are_kept_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "MOST_ORDERS", 3)
    hub = Hub({})
    hub.orders([{"id": str(at), "created": str(at)} for at in range(3)], complete=True)
    assert hub.orders([{"id": "3", "created": "3"}], complete=False) == ["3"]
    assert [hub.has_order(str(at)) for at in range(4)] == [False, True, True, True]
