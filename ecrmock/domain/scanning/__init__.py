"""Scans of images, and what they tell."""
