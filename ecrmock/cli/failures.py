"""How is a command told that cannot do its work? In one line, with exit status 1."""

import click


def failure(error: Exception) -> click.ClickException:
    """What click prints for it: the sentence of an error of ours, the system's words and the file of another."""
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return click.ClickException(where + error.strerror)
    return click.ClickException(str(error))
