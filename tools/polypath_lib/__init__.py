"""The parts of tools/polypath.py: messages, reading, measures, convert."""
