"""The parts of tools/figures.py: which figures there are, what to draw, and the drawing."""
