"""The commands of `python -m dsl`: check definitions, compile workflows, draw them, make mock configurations.

Each command is a module with `add`, which describes its arguments, and `run`, which returns the exit status. What a
command needs is loaded when it runs, so that checking a file does not wait for the rest.
"""
