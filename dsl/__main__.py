"""`python -m dsl`: see `dsl.commands`."""

from __future__ import annotations

import sys

from asl.commands.line import collect_seldom
from dsl.commands.line import main

if __name__ == "__main__":
    collect_seldom()
    sys.exit(main())
