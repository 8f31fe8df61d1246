"""Packages in images, and what is known of them."""
