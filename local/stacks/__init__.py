"""The stacks that a command can work with: the one on this laptop, in its emulator, and deployed ones."""
