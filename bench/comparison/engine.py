"""polypath beside its rivals: whole runs of the program on the CPU, or a child process on a device."""
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
    """`polypath run` with a fixed number of threads: the slope between a short and a long run, so
    that set-up cancels."""

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


class Child:
    """A process that stays warm and answers JSON commands, one a line (comparison/rival.py says
    which). `about` is what it said of itself."""

    def __init__(self, name, command, environment=None):
        self.name = name
        self.errors = tempfile.TemporaryFile("w+")
        try:
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=self.errors, text=True)
        except OSError as error:
            raise EngineError(f"{command[0]}: {error.strerror}") from error
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            raise EngineError(f"{command[0]} does not run: {self.last_words()}; see bench/README.md")
        self.about = json.loads(line)

    def last_words(self):
        self.errors.seek(0)
        lines = self.errors.read().strip().splitlines()
        return lines[-1] if lines else "no message"

    def ask(self, command, **fields):
        try:
            self.process.stdin.write(json.dumps({"command": command, **fields}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except OSError:
            line = ""
        return json.loads(line) if line else {"error": f"{self.name} ended: {self.last_words()}"}

    def close(self):
        try:
            self.process.stdin.write('{"command": "quit"}\n')
            self.process.stdin.close()
        except OSError:
            pass  # it ended before
        self.process.wait()


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
