"""Why an image cannot be scanned."""


class UnsupportedImageError(Exception):
    """This image cannot be read; the text says why."""
