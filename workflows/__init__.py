"""The coffee bar's two workflows, the contracts of their events, and the life of an order."""

from workflows.manager import order_manager
from workflows.processor import order_processor

__all__ = ["order_manager", "order_processor"]
