"""Follows the data of a definition: what is there, may be there or cannot be there in front of every state.

`analysis.Flow` answers with the reads that lead nowhere, each proved by a route through the machine. What is not
known is taken to be in order: the input of a machine unless it is declared, what a function returns, what a service
calls optional.
"""
