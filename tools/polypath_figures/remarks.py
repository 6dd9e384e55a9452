"""Remarks of one drawing: what was left out, and why."""


class Remarks:
    """Hands each different remark to `listener` once, however many figures it concerns."""

    def __init__(self, listener):
        self.listener, self.told = listener, set()

    def __call__(self, message):
        if message not in self.told:
            self.told.add(message)
            self.listener(message)
