"""Lifecycle policies: what one may say, what it takes, when it acts."""
