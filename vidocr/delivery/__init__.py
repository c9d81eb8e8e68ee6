"""Cleaning for delivery: breaks, times and words as a broadcaster wants them, each step by wish."""

from vidocr.delivery.cleaning import Rules, cleaned
from vidocr.delivery.replacing import Replacement, read_replacements

__all__ = ["Replacement", "Rules", "cleaned", "read_replacements"]
