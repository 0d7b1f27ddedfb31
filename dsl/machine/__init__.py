"""The machine that states make: its definition, its policy, its data flow."""
