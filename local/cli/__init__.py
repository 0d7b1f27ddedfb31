"""The command line `espresso`. Kept empty of imports, so that `espresso --help` answers at once."""


def main() -> None:
    """The entry point `espresso`."""
    from local.cli.app import app

    app(prog_name="espresso")
