"""``vidocr serve``: one app with an HTTP API of jobs and of questions about pictures.

``app`` puts it together. ``store`` knows the jobs, ``runner`` works on them in processes of
``children``, ``looks`` opens films for a moment, ``desk`` holds the engine that all share.
"""
