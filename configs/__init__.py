"""Presets: TOML files that ``vidocr --config NAME`` reads. Installed as ``vidocr.presets``."""
