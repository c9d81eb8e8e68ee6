"""Small models that tests train, and what they are trained on."""

from pathlib import Path

READS_LATIN = Path(__file__).parent / "reads-latin"
"""A HunYuanVL that reads lines in DejaVu Sans; made by ``train``."""
