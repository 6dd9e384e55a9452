"""Times `polypath run`: the slope between a short and a long run, so that set-up cancels."""
import json
import subprocess
import tempfile
from pathlib import Path

CONFIG = """\
[data]
task = "hierarchy"
[network]
pathways = 2
depth = {depth}
width = {width}
activation = "{activation}"
[init]
sigma = {sigma!r}
[train]
learning_rate = {learning_rate!r}
loss = "sum_squares"
epochs = {epochs}
precision = "{precision}"
[record]
every = {every}
[sweep]
seeds = {members}
"""
LEAST_DIFFERENCE = 0.15  # seconds between two runs that timing noise does not drown
MOST_EPOCHS = 200_000


class EngineError(Exception):
    """polypath could not be run; the text is its last line."""


class Engine:
    """One binary with a fixed number of threads."""

    def __init__(self, binary, threads):
        self.binary, self.threads = Path(binary), threads

    def seconds(self, case, epochs):
        """Training seconds that one whole run reports."""
        with tempfile.TemporaryDirectory(prefix="polypath-bench-") as folder:
            config = Path(folder) / "config.toml"
            config.write_text(CONFIG.format(**{"every": epochs, **case}, epochs=epochs))
            command = [str(self.binary), "run", str(config), "-o", str(Path(folder) / "out"),
                       "--backend", "cpu", "--threads", str(self.threads), "--log", "json"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = (done.stderr or done.stdout).strip().splitlines()
            raise EngineError(f"exit {done.returncode}: {lines[-1] if lines else 'no message'}")
        training = reported_seconds(done.stdout + "\n" + done.stderr, epochs)
        if training is None:
            raise EngineError(f"{self.binary} reported no training time; is it polypath?")
        return training

    def milliseconds(self, case, epochs):
        """Milliseconds per epoch and member; drawing the initial weights is not in it."""
        while True:
            short = max(1, epochs // 8)
            difference = self.seconds(case, short + epochs) - self.seconds(case, short)
            if difference > LEAST_DIFFERENCE or epochs > MOST_EPOCHS:
                return 1e3 * max(difference, 1e-9) / (epochs * case["members"])
            epochs *= 4


def reported_seconds(log, epochs):
    """Training seconds of all cells from the JSON log, scaled to `epochs`; None without them."""
    total = None
    for line in log.splitlines():
        if not line.startswith("{"):
            continue
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if event.get("event") == "cell_finished" and "train_seconds" in event:
            part = event["train_seconds"] * epochs / event.get("epochs", epochs)
            total = part + (total or 0.0)
    return total
