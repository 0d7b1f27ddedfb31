"""What pages are told, and that nothing grows without bound; no browser and no stack are needed."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from local.console import hub as hubs
from local.console.hub import Hub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest


async def _next(stream: AsyncIterator[str]) -> list[dict[str, Any]]:
    async for text in stream:
        if text.startswith("data: "):
            messages: list[dict[str, Any]] = json.loads(text.removeprefix("data: "))
            return messages
    raise AssertionError("the stream ended")


def order(key: str, state: str = "CREATED") -> dict[str, Any]:
    return {"id": key, "state": state}


def test_a_page_gets_the_whole_first_and_then_the_changes() -> None:
    async def look() -> None:
        hub = Hub({"key": "k"})
        hub.orders([order("1")], complete=True)
        stream = hub.stream()
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
        stream = hub.stream()
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
        stream = hub.stream()
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
        one, other = hub.stream(), hub.stream()
        await _next(one)
        await _next(other)
        hub.orders([order("1")], complete=False)
        assert await _next(one) == await _next(other)

    asyncio.run(look())
