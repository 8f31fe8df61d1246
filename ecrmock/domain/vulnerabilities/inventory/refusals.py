"""Why an image cannot be scanned."""


class UnsupportedImageError(Exception):
    """This image cannot be read; the text says why."""


class OverBudgetError(UnsupportedImageError):
    """This image could be read, but is more work than a scan does; the text says what there is too much of."""
