"""What stands inside the texts of a definition: paths, intrinsic functions, JSONata."""

JSON_PATH = "JSONPath"
JSONATA = "JSONata"
"""The query languages, as `QueryLanguage` names them."""


def is_expression(value: object) -> bool:
    """Whether a value is a text in JSONata's delimiters, to the letter: nothing stands before or behind them."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}") and len(value) > 3
