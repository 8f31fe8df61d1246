"""What is said where a library of an optional extra is asked for and is not there?"""


class MissingExtraError(Exception):
    """The sentence says which library is missing, and how to install it."""
