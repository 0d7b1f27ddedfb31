"""The command line `espresso`. Kept empty of imports, so that `espresso --help` answers at once."""

import atexit
import gc
import os
import sys
import warnings


def main() -> None:
    """Run `espresso`."""
    _use_utf8()
    # Libraries' own, at which PYTHONWARNINGS=error would end a command.
    warnings.simplefilter("ignore")
    # Of the hundred thousand objects of typer, botocore and Pulumi hardly one is garbage before the process ends, and
    # then all are: without this, a command looks through them again and again, for a quarter of its time.
    gc.set_threshold(50_000)
    atexit.register(gc.freeze)
    try:
        from local.cli.app import app

        app(prog_name="espresso")
    except KeyboardInterrupt:  # before a command runs, which answers it itself
        sys.exit(130)


def _use_utf8() -> None:
    """Begin anew in Python's UTF-8 mode where paths are not read as UTF-8.

    A path that the locale cannot read has half surrogates in it, and Pulumi waits for ever for a resource with one.
    """
    if sys.getfilesystemencoding() == "utf-8" or sys.flags.utf8_mode:
        return
    # What is printed is for a terminal of the locale.
    if sys.stdout is not None:
        os.environ.setdefault("PYTHONIOENCODING", f"{sys.stdout.encoding}:replace")
    os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606 -- this very command
