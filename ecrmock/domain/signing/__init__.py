"""Managed signing: what is signed, by whom, and how a signature looks."""
