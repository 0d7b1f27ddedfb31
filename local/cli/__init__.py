"""The command line `espresso`. Kept empty of imports, so that `espresso --help` answers at once."""

import sys
import warnings


def main() -> None:
    """Run `espresso`."""
    # Libraries' own, at which PYTHONWARNINGS=error would end a command.
    warnings.simplefilter("ignore")
    try:
        from local.cli.app import app

        app(prog_name="espresso")
    except KeyboardInterrupt:  # before a command runs, which answers it itself
        sys.exit(130)
