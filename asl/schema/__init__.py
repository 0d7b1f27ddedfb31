"""JSON Schema files of Amazon States Language, one a state type; `asl.checking.schemas` reads them."""
