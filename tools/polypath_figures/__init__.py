"""The parts of tools/figures.py: panels (what to draw), style, trajectories, early epochs."""
