"""Small models that tests train, and what they are trained on."""

from pathlib import Path

READS_LATIN = Path(__file__).parent / "reads-latin"
"""A HunYuanVL that reads lines in DejaVu Sans; made by ``train``."""

TRANSLATES_MARIAN = Path(__file__).parent / "translates-marian"
"""A Marian that translates a toy vocabulary to German or French; by ``train_translators``."""

TRANSLATES_HUNYUAN = Path(__file__).parent / "translates-hunyuan"
"""A HunYuanDenseV1 that does the same, and heeds the background; by ``train_translators``."""
