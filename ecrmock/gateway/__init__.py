"""The one door inside every door: who calls, may they, and what is remembered of it."""
