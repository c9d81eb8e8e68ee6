"""The pipeline's stages, one a file; none imports what composes them."""
