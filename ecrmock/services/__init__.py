"""Control planes: an operation is one function."""
