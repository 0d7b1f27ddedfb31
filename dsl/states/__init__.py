"""States and how they are wired."""
