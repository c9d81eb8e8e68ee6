"""The evidence of a track: a page that shows each cue beside its picture.

``page`` makes it of cues and the report of the run that found them.
"""

from vidocr.evidence.page import page

__all__ = ["page"]
