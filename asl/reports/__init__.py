"""What the checker found in files, for people and for programs."""
