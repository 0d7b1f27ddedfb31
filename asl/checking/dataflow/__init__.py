"""Follows the data of a definition: what is there, may be there or cannot be there in front of every state.

`findings(view)` answers with the reads that lead nowhere, each proved by a route through the machine. What is not
known is taken to be in order: the input of a machine unless it is declared, what a function returns, what a service
calls optional.
"""

from __future__ import annotations

from asl.checking.dataflow.analysis import declare, findings

__all__ = ["declare", "findings"]
