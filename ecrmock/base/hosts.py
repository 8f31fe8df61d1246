"""What is a host's name: an address, this machine?"""


def name_of(host: str) -> str:
    """The name in `host[:port]` without brackets and the root's dot."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].removesuffix(".")


def is_address(name: str) -> bool:
    """Whether it is an IP address as browsers and clients write it."""
    return ":" in name or (name.isascii() and name.replace(".", "").isdigit())


def is_loopback(name: str) -> bool:
    """Whether it is this machine's own name (RFC 6761, 6.3) or address."""
    if name == "localhost" or name.endswith(".localhost") or name == "::1":
        return True
    return name.startswith("127.") and is_address(name)
