"""`optiviz completion`: tab completion of commands, rules and surfaces."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from optiviz.cli import cli

EXAMPLES = """
\b
Examples:
  optiviz completion bash >> ~/.bashrc
  optiviz completion zsh >> ~/.zshrc
  optiviz completion fish > ~/.config/fish/completions/optiviz.fish
"""


@click.command(epilog=EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the script that completes optiviz in SHELL."""
    complete = get_completion_class(shell)
    assert complete is not None
    click.echo(complete(cli, {}, "optiviz", "_OPTIVIZ_COMPLETE").source())
