"""Scoring: a track against the truth. What is counted, and how, stands in the modules' docstrings.

``score`` gives counts that add up over films, ``compare`` also says which cues they come from.
"""

from vidocr.scoring.cues import TruthCue, flattened
from vidocr.scoring.score import Comparison, Score, compare, complaints, score
from vidocr.scoring.timing import Frames

__all__ = [
    "Comparison",
    "Frames",
    "Score",
    "TruthCue",
    "compare",
    "complaints",
    "flattened",
    "score",
]
