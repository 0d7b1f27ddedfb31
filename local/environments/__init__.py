"""The Python environments of the checkout, the versions in them, and the wheels that are built from it."""
