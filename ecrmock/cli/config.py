"""What does a configuration file say? INI: options under [ecrmock], access keys under [credentials]."""

import configparser
from pathlib import Path


def read(path: Path) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """(options by their long name, credentials as (key id, secret) pairs). Raises ValueError for what is no INI."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # access keys keep their case
    try:
        parser.read_string(path.read_text())
    except OSError as error:
        raise ValueError(error.strerror) from error
    except configparser.Error as error:
        raise ValueError(str(error).replace("\n", " ")) from error
    sections = {name: dict(parser[name]) for name in parser.sections()}
    unknown = sections.keys() - {"ecrmock", "credentials"}
    if unknown:
        raise ValueError(f"there is no section [{min(unknown)}]")
    options = {name.replace("_", "-"): value for name, value in sections.get("ecrmock", {}).items()}
    return options, tuple(sections.get("credentials", {}).items())
