"""An order in any stack: what people send, what becomes of it, and how it is read back for people."""
