"""The parts of tools/report.py: contents (what is known of a directory) and page (the HTML)."""
