"""`python -m dsl`: see `dsl.commands`."""

from __future__ import annotations

import sys

from dsl.commands import main

if __name__ == "__main__":
    sys.exit(main())
