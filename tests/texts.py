"""The characters of which Hypothesis makes any text at all."""

from __future__ import annotations

from hypothesis import strategies as st

CHARACTERS = st.characters(exclude_categories=["Cs"])
"""All but halves of surrogate pairs: what UTF-8 can write, as of `st.text()` without an alphabet.

That asks for them as `codec="utf-8"`; and in a fresh checkout Hypothesis then encodes and decodes each of a million
characters, for 2.5 seconds of each process that does.
"""
