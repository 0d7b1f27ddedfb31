"""What states read and write: references to data, conditions, payloads, placeholders."""
