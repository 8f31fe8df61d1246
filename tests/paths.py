"""Where things are in a checkout, wherever a test stands."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
DOCS = ROOT / "docs"
