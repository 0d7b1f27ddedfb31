"""`python -m dsl`: see `dsl.commands`."""

from __future__ import annotations

import sys

from dsl.commands.line import main

if __name__ == "__main__":
    sys.exit(main())
