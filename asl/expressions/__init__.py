"""What stands inside the texts of a definition: paths, intrinsic functions, JSONata."""

JSON_PATH = "JSONPath"
JSONATA = "JSONata"
"""The query languages, as `QueryLanguage` names them."""
