"""One definition: its states, scopes and transitions, and the texts in its fields."""
