"""Starts LocalStack's Step Functions, which reads each path only once.

LocalStack builds a parser's tables for every JSONPath that it evaluates: half of its time. The parsed paths are
kept here instead; nothing else of it is changed. This file is run by path in LocalStack's own environment, never
imported.
"""

import functools
import runpy

import jsonpath_ng.ext  # type: ignore[import-not-found]  # it is in LocalStack's environment

if __name__ == "__main__":
    jsonpath_ng.ext.parse = functools.lru_cache(maxsize=4096)(jsonpath_ng.ext.parse)
    runpy.run_module("localstack.runtime.main", run_name="__main__")
