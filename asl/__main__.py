"""`python -m asl`: see `asl.commands`."""

from __future__ import annotations

import sys

from asl.commands.line import main

if __name__ == "__main__":
    sys.exit(main())
