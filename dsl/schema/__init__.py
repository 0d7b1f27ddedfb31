"""JSON Schema files of Amazon States Language, one a state type; `dsl.validation.schemas` reads them."""
