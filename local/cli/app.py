"""The commands of `espresso`, their arguments and their help.

What they do is imported when one runs: `--help` and a usage error need neither boto3 nor Pulumi.
"""

from __future__ import annotations

import errno
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from local.orders.messages import Action as ActionName

    # typer brings its own click, whose context has no public name.
    Context = Any


class PlainGroup(TyperGroup):
    """Reports an error that people can act on in a sentence and exit code 1, without a traceback."""

    def get_command(self, ctx: Context, cmd_name: str) -> Any:
        """Return a command whose help shows no types of flags, which would leave no room for their names."""
        return _without_types(super().get_command(ctx, cmd_name), ctx)

    def get_params(self, ctx: Context) -> list[Any]:
        """Return the options of all commands, without types of flags."""
        _without_types(self, ctx)
        return super().get_params(ctx)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line, and report output that cannot be written before a command runs, such as the help."""
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            if not _tell(error):
                raise
            sys.exit(1)

    def invoke(self, ctx: Context) -> object:
        """Run the command."""
        # An order may hold letters that the output's encoding lacks: better a question mark than a crash.
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            if not _tell(error):
                raise
            raise typer.Exit(1) from error


def _without_types(command: Any, ctx: Context) -> Any:
    for option in (*command.params, command.get_help_option(ctx)) if command is not None else ():
        if getattr(option, "is_flag", False):
            option.metavar = ""
    return command


app = typer.Typer(
    name="espresso",
    cls=PlainGroup,
    help="The coffee bar's order backend, on this laptop or in AWS.",
    epilog="Start with `espresso demo`. Exit codes: 0 done, 1 failed or refused, 2 wrong usage.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    # Locals may hold a task token.
    pretty_exceptions_show_locals=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"espresso {version('serverlesspresso')}")
        raise typer.Exit


@app.callback()
def espresso(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """The coffee bar's order backend, on this laptop or in AWS."""  # noqa: D401  # the help of the whole


class Action(StrEnum):
    """What a customer or a barista does with an order."""

    make = "make"
    unmake = "unmake"
    complete = "complete"
    cancel = "cancel"
    put = "put"


def _action(word: str) -> str:
    # Not an enumeration: the help would fold its values in the middle of a word.
    if word not in set(Action):
        raise typer.BadParameter(f"{word!r} is not one of {', '.join(Action)}")
    return word


def _order_id(value: str) -> str:
    from local.orders.ids import problem_with

    if not value:
        raise typer.BadParameter("an order id has at least one character")
    if problem := problem_with(value):
        raise typer.BadParameter(f"this order id {problem}")
    return value


# typer would show its own range in the help, which is twice as wide as the option.
def _port(word: str | int, least: int = 1) -> int:
    if not str(word).isdecimal() or not least <= int(word) <= 65535:
        raise typer.BadParameter(f"{str(word)!r} is not a port: a number from {least} to 65535")
    return int(word)


def _port_or_any(word: str | int) -> int:
    return _port(word, 0)


OrderId = Annotated[
    str, typer.Argument(metavar="ORDER_ID", help="The order, e.g. 2.", show_default=False, callback=_order_id)
]
StackName = Annotated[
    str | None,
    typer.Option(
        "--stack",
        metavar="NAME",
        help="A stack deployed with `pulumi up`; your AWS credentials reach it. Without it: the local stack.",
        show_default=False,
        rich_help_panel="Where",
    ),
]
Region = Annotated[
    str | None,
    typer.Option(
        "--region",
        metavar="REGION",
        help="The AWS region of --stack. Without it: that of Pulumi.NAME.yaml, AWS_REGION, or your AWS profile.",
        show_default=False,
        rich_help_panel="Where",
    ),
]
Wait = Annotated[
    float, typer.Option("--wait", metavar="SECONDS", min=0.1, max=900, help="How long to wait for a result.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document, for programs.")]


@app.command(rich_help_panel="See it work")
def demo(
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            parser=_port,
            metavar="PORT",
            help="Port to use. Without it: a free one.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Walk one drink order from the scanned code to the hand-over.

    Starts an AWS emulator in a temporary folder, deploys both workflows to it, takes an order through all six
    steps and stops everything again. Needs no AWS account and leaves nothing behind.
    """
    from local.cli.demo import demo as run

    raise typer.Exit(run(port))


@app.command(rich_help_panel="The local stack")
def up(
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            parser=_port,
            metavar="PORT",
            help="Port of 127.0.0.1 on which it answers. Without it: 4566.",
            show_default=False,
        ),
    ] = None,
    empty: Annotated[
        bool,
        typer.Option(
            "--empty",
            help="Deploy nothing; print the `pulumi config set` lines with which `pulumi up` deploys to it.",
        ),
    ] = False,
    any_credentials: Annotated[
        bool,
        typer.Option(
            "--any-credentials",
            help="Take requests that are signed with any key pair. Every user of this machine can then use the "
            "stack, and run code as you in it; web pages still can't.",
        ),
    ] = False,
    console: Annotated[
        bool, typer.Option("--console", help="Then serve the console, like `espresso console`.")
    ] = False,
    console_port: Annotated[
        int,
        typer.Option(
            "--console-port",
            parser=_port_or_any,
            metavar="PORT",
            help="With --console: its port of 127.0.0.1; 0: a free one.",
        ),
    ] = 8484,
) -> None:
    """Start the local stack and leave it running.

    Returns when it is ready. If it already runs, the changes of the program are deployed to it; its orders
    are kept.
    """
    from local.cli.lifecycle import up as run

    if console and empty:
        raise typer.BadParameter("needs a stack to show: leave out --empty", param_hint="--console")
    code = run(port, empty=empty, any_credentials=any_credentials)
    if console and code == 0:
        from local.cli.console import console as serve

        code = serve(console_port, None, allow_changes=True)
    raise typer.Exit(code)


@app.command(rich_help_panel="The local stack")
def env() -> None:
    """Print the variables that point the AWS CLI, boto3 and other tools at the local stack.

    Use it as: eval "$(espresso env)". The output contains the key pair of the stack.
    """
    from local.cli.lifecycle import env as run

    raise typer.Exit(run())


@app.command("console", rich_help_panel="See it work")
def console_command(
    port: Annotated[
        int,
        typer.Option("--port", parser=_port_or_any, metavar="PORT", help="Port of 127.0.0.1; 0: a free one."),
    ] = 8484,
    allow_changes: Annotated[
        bool,
        typer.Option(
            "--allow-changes",
            help="With --stack: also place orders, move them and send events. The local stack always allows it.",
        ),
    ] = False,
    stack: StackName = None,
    region: Region = None,
) -> None:
    """Serve a page that shows and controls the stack: workflows, orders, bus, customer, barista, shop.

    The page is served on this machine only, until Ctrl-C. Without --allow-changes, a deployed stack is only read.
    """
    from local.cli.console import console as run

    target = None if stack is None and region is None else _target(stack, region)
    raise typer.Exit(run(port, target, allow_changes=allow_changes))


@app.command(rich_help_panel="See it work")
def costs(json: AsJson = False) -> None:
    """Show what a stack costs on AWS, idle and for 1,000 orders, and how many orders the quotas allow.

    Prices and quotas have a date; the last line shows how old they are.
    """
    from local.cli.costs import costs as run

    raise typer.Exit(run(as_json=json))


@app.command(rich_help_panel="The local stack")
def plan(json: AsJson = False) -> None:
    """Show what `up` would change in the local stack, without changing it.

    Also lists the settings that have no effect on the emulator. Exit code 1 if no local stack runs.
    """
    from local.cli.lifecycle import plan as run

    raise typer.Exit(run(as_json=json))


@app.command(rich_help_panel="The local stack")
def down(
    purge: Annotated[
        bool,
        typer.Option(
            "--purge",
            help="First delete each resource, as `pulumi destroy` does; then delete all files, too.",
        ),
    ] = False,
) -> None:
    """Stop the local stack. Its orders are lost."""
    from local.cli.lifecycle import down as run

    raise typer.Exit(run(purge=purge))


@app.command(rich_help_panel="The local stack")
def status(json: AsJson = False) -> None:
    """Show whether the local stack runs, where, and how full its queue is. Exit code 1 if it does not run."""
    from local.cli.lifecycle import status as run

    raise typer.Exit(run(as_json=json))


@app.command(rich_help_panel="One order by hand")
def order(
    order_id: OrderId,
    user: Annotated[str, typer.Option("--user", metavar="ID", help="The customer.")] = "1",
    wait: Wait = 30.0,
    stack: StackName = None,
    region: Region = None,
) -> None:
    """Scan a QR code: put `Validator.NewOrder` on the bus.

    Waits until the workflow waits for the drink, or has refused the order.
    """
    from local.cli import driving

    raise typer.Exit(driving.order(_target(stack, region), order_id, user, wait=wait))


@app.command(rich_help_panel="One order by hand")
def manage(
    action: Annotated[
        str,
        typer.Argument(
            metavar="ACTION",
            callback=_action,
            autocompletion=lambda: [action.value for action in Action],
            help="put: choose the drink. make, unmake: claim the order, or return it. "
            "complete: hand the drink over. cancel: end the order.",
            show_default=False,
        ),
    ],
    order_id: OrderId,
    barista: Annotated[
        str | None,
        typer.Option(
            "--barista",
            metavar="ID",
            help="The barista. Without it: 3. With `cancel`: it is the barista who cancels.",
            show_default=False,
        ),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option("--user", metavar="ID", help="The customer. Without it: 1.", show_default=False),
    ] = None,
    drink: Annotated[
        str, typer.Option("--drink", metavar="NAME", help="For `put`: a drink on the menu.")
    ] = "Cappuccino",
    modifier: Annotated[
        list[str] | None,
        typer.Option(
            "--modifier",
            metavar="OPTION",
            help="For `put`: one of its options, e.g. Oat, or Milk=Oat. May be given several times.",
            show_default=False,
        ),
    ] = None,
    icon: Annotated[
        str,
        typer.Option(
            "--icon",
            metavar="NAME",
            help="For `put`: the picture. Without it: the menu's.",
            show_default=False,
        ),
    ] = "",
    wait: Wait = 30.0,
    json: AsJson = False,
    stack: StackName = None,
    region: Region = None,
) -> None:
    """Send a request about an order, as its customer or as a barista.

    Starts `OrderManagerStateMachine`, waits for its end and prints the result; after `put`, also waits until
    the order has its number, so that a barista can claim it. Exit code 1 if the request is refused.
    """
    from local.cli import driving

    name: ActionName = Action(action).value
    raise typer.Exit(
        driving.manage(
            _target(stack, region),
            name,
            order_id,
            user_id=user,
            barista_id=barista,
            drink=drink,
            modifiers=modifier or [],
            icon=icon,
            wait=wait,
            as_json=json,
        )
    )


@app.command(rich_help_panel="One order by hand")
def show(order_id: OrderId, json: AsJson = False, stack: StackName = None, region: Region = None) -> None:
    """Show an order: its row, whom it waits for, and the executions of both workflows.

    A task token is shown as a fingerprint.
    """
    from local.cli import driving

    raise typer.Exit(driving.show(_target(stack, region), order_id, as_json=json))


def _target(stack: str | None, region: str | None) -> Any:
    from local.cli import driving

    if region is not None and stack is None:
        raise typer.BadParameter("needs --stack: the local stack has no AWS region", param_hint="--region")
    return driving.target(stack, region)


_OF_THE_FILE_SYSTEM = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.EEXIST,
        errno.EFBIG,
    }
)


def _tell(error: Exception) -> bool:
    """Report an error that people can act on. Return whether it is one."""
    from local.cli.deploying import deployment_failure
    from local.cli.screen import Screen
    from local.orders.problems import OrderError
    from local.stacks.emulator import EmulatorError
    from local.stacks.stack import StateError

    if isinstance(error, OrderError | StateError | EmulatorError):
        Screen().problem(str(error))
        return True
    if (failure := deployment_failure(error)) is not None:
        Screen().problem(failure)
        return True
    if isinstance(error, OSError) and error.errno in _OF_THE_FILE_SYSTEM:
        Screen().problem(f"{error.filename or 'The output'} can't be written: {error.strerror}.")
        return True
    return False
