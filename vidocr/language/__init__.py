"""Languages of cues: told line by line, and tracks parted by them.

Scripts tell most of it; where several languages share one, a small identifier tells what the words
look like. A line is short, so the whole film weighs in: what it speaks, and where in its stacks.
"""

from vidocr.language.parting import identified, keep, parted

__all__ = ["identified", "keep", "parted"]
