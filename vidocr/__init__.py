"""vidocr: burned-in subtitles of a video as a timed track."""
