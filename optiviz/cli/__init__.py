"""The command line: parse, call, print. Click lives here; what is heavy is loaded by the command that needs it."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

import optiviz

__all__ = ["cli", "main"]

COMMANDS = {
    "animate": "Animate an optimizer on a loss surface.",
    "race": "Race optimizers on a loss surface.",
    "demo": "Show what happens when one learns by gradients, with a question for the class.",
    "schedule": "Draw learning-rate schedules.",
    "loss": "Draw losses and their gradients.",
    "ewma": "Smooth a series from a CSV file by moving averages.",
    "sensitivity": "Draw how much a hyperparameter matters.",
    "basin": "Draw to which minimum each start leads.",
    "train": "Train a network on data.",
    "evaluate": "Judge a network that was trained, class by class.",
    "predict": "Ask a network that was trained about an image or a text.",
    "search": "Search the hyperparameters of a network, at random or on a grid.",
    "compare": "Train a network by several optimizers, from several seeds each.",
    "experiment": "Compare networks that differ in one thing, with a question for the class.",
    "lr-find": "Find a learning rate for training on data.",
    "show": "Print an optimizer, a loss or another formula: its equations, parameters and source.",
    "derive": "Print how a loss is derived, in steps that were proved.",
    "check": "Check a rule of your own against a named one, and name the mistake.",
    "parity": "Print how near the rules are to those of torch, Keras and optax.",
    "list": "List what there is: optimizers, schedules, losses, surfaces and more.",
    "doctor": "Check this installation.",
    "completion": "Print the tab completion for your shell.",
}
"""The commands and what they do; each lives in the module of its name and is loaded when it is called.

`-` in a name is `_` in that of the module. `list` is then such a module in this room, so nothing here may call the
built-in of that name.
"""

EXAMPLES = """
\b
Examples:
  optiviz animate adam --surface rosenbrock
  optiviz animate momentum --surface "x**2 + 10*y**2" -p lr=0.05
  optiviz race gd momentum adam --surface rosenbrock
  optiviz show adam
  optiviz derive bce
  optiviz train shapes
  optiviz list
"""


class LazyGroup(click.Group):
    """A group that knows its commands by name and loads one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command itself."""
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"optiviz.cli.{name.replace('-', '_')}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command, or say which one may have been meant."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from optiviz.formula import nearest

            raise click.UsageError(f"unknown command '{args[0]}'; {nearest(args[0], [*COMMANDS], 'there are')}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Complete a command's name without loading any."""
        from click.shell_completion import CompletionItem

        names = [CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)]
        return names or click.Command.shell_complete(self, ctx, incomplete)


@click.group(
    cls=LazyGroup,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(optiviz.__version__, message="optiviz %(version)s")
def cli() -> None:
    """See where loss functions come from and what optimizers do."""


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0, 2 for what the user can mend, 130 for Ctrl-C."""
    sys.exit(run(args))


def run(args: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status; the one place where errors become a line on stderr."""
    try:
        status = cli.main(args, prog_name="optiviz", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.NoSuchOption as error:
        return _fail(_no_such_option(error))
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "optiviz"
        return _fail(f"{error.format_message().rstrip('.')}; see {where} --help")
    except click.ClickException as error:
        return _fail(error.format_message())
    except (click.Abort, KeyboardInterrupt) as error:
        return _fail(str(error) or "interrupted; nothing was written", 130)
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror}" if error.strerror and error.filename else str(error))
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        return _fail(str(error))


def _no_such_option(error: click.NoSuchOption) -> str:
    from optiviz.names import HYPERPARAMETERS, SYNONYMS

    name = error.option_name.lstrip("-")
    name = next((other for other in SYNONYMS.get(name.replace("-", ""), ()) if other in HYPERPARAMETERS), name)
    of_one = error.ctx is None or any("-p" in parameter.opts for parameter in error.ctx.command.params)
    if name in HYPERPARAMETERS:
        return f"{name} is a hyperparameter, not an option; write {'-p ' if of_one else 'RULE:'}{name}=VALUE"
    if error.option_name == "-p":
        return "-p is for commands with one rule; write the numbers of each after its name, such as adam:lr=0.1"
    return error.format_message()


def _fail(message: str, status: int = 2) -> int:
    colour = False if "NO_COLOR" in os.environ else None
    line = " ".join(message.split())
    click.echo(click.style("optiviz: ", fg="red", bold=True) + line, err=True, color=colour)
    return status
