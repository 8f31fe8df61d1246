"""Copies of images to other registries."""
