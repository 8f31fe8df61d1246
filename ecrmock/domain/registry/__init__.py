"""Registries and repositories: which exist, and how they are set."""
