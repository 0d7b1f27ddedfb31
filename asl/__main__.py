"""`python -m asl`: see `asl.commands`."""

from __future__ import annotations

import sys

from asl.commands.line import collect_seldom, main

if __name__ == "__main__":
    collect_seldom()
    sys.exit(main())
