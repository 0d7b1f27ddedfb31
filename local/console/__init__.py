"""The console: one page on which an order can be watched and moved. It shows a stack and keeps nothing."""

from local.console.app import Console, make_app
from local.console.serve import ConsolePortTaken, serve

__all__ = ["Console", "ConsolePortTaken", "make_app", "serve"]
