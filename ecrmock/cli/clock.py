"""How is the clock of a running ecrmock moved from a shell? The five words of `/_ecrmock/clock`."""

from typing import Any

import click

from ecrmock.cli.ask import ask, where


@click.group(invoke_without_command=True)
@where
@click.pass_context
def clock(ctx: click.Context, url: str, ca: str | None) -> None:
    """Show or move world time; what falls due on the way is done, and told."""
    ctx.obj = (url, ca)
    if ctx.invoked_subcommand is None:
        _say(ctx, None)


@clock.command()
@click.pass_context
def now(ctx: click.Context) -> None:
    """World time."""
    _say(ctx, None)


@clock.command()
@click.argument("at", required=False)
@click.pass_context
def freeze(ctx: click.Context, at: str | None) -> None:
    """Stop now, or AT a time: ISO 8601 or seconds since 1970."""
    _say(ctx, {"freeze": True if at is None else _value(at)})


@clock.command()
@click.pass_context
def resume(ctx: click.Context) -> None:
    """Run on from the present world time."""
    _say(ctx, {"resume": True})


@clock.command()
@click.argument("to")
@click.pass_context
def travel(ctx: click.Context, to: str) -> None:
    """Go to a later time: ISO 8601 or seconds since 1970."""
    _say(ctx, {"travel": _value(to)})


@clock.command()
@click.argument("span")
@click.pass_context
def advance(ctx: click.Context, span: str) -> None:
    """Let time pass: seconds, or an ISO 8601 duration such as P15D or PT2H."""
    _say(ctx, {"advance": _value(span)})


def _value(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


def _say(ctx: click.Context, body: dict[str, Any] | None) -> None:
    """Ask, and print the time and what was done. Exits with 1 and one line when that does not work."""
    url, ca = ctx.obj
    told = ask(url, ca, "clock", body)
    for row in told["done"]:
        click.echo(f"{row['when']}  {row['kind']}  {' '.join(row['subject'])}")
    click.echo(f"{told['now']}{' (frozen)' if told['frozen'] else ''}")
