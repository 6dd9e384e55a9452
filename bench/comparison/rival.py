"""The published algorithm in PyTorch, as a child process that keeps its warm state.

Full batch, loss = sum |y - yhat|^2, plain SGD, autograd. The parent (compare_pytorch.py) writes
one JSON object a line to standard input and reads one back for each:

    {"command": "prepare", "variant": V, "depth": D, "width": N, "activation": A, "members": M, ...}
        -> {"key": K, "members": members trained by one epoch}
    {"command": "time", "key": K, "epochs": E}  -> {"seconds": wall time of E epochs}
    {"command": "drop"}                         -> frees the prepared cases
    {"command": "quit"}

Nothing is recorded inside the loop, and the loss is never copied out of its tensor.
"""
import json
import sys
import time

import torch

PATHWAYS = 2
ACTIVATIONS = {"linear": lambda h: h, "tanh": torch.tanh, "relu": torch.relu}


def hierarchy():
    """The paper's data (eq. 32): x (8 examples, 8 inputs), y (8 examples, 15 outputs)."""
    columns = []
    for size in (8, 4, 2, 1):
        for start in range(0, 8, size):
            columns.append([1.0 if start <= e < start + size else 0.0 for e in range(8)])
    return torch.eye(8), torch.tensor(columns).T.contiguous()


def layer_shapes(case, l_x, l_y):
    """(rows, columns) of every layer of one pathway, first layer first."""
    widths = [l_x] + [case["width"]] * (case["depth"] - 1) + [l_y]
    return list(zip(widths[1:], widths[:-1]))


def gaussian(shape, case):
    weight = torch.randn(shape, dtype=getattr(torch, case["precision"])) * case["sigma"]
    return weight.requires_grad_(True)


class Rows:
    """One member, examples as rows: h (P, units), as torch.nn.Linear computes it."""

    members = 1

    def __init__(self, case, x, y):
        self.x, self.y = x, y
        self.activation = ACTIVATIONS[case["activation"]]
        shapes = layer_shapes(case, x.shape[1], y.shape[1])
        self.pathways = [[gaussian(s, case) for s in shapes] for _ in range(PATHWAYS)]
        self.weights = [w for pathway in self.pathways for w in pathway]

    def pathway(self, weights):
        h = self.x
        for weight in weights:
            h = self.activation(torch.nn.functional.linear(h, weight))
        return h

    def loss(self):
        return (self.y - sum(self.pathway(w) for w in self.pathways)).square().sum()


class Columns(Rows):
    """One member, examples as columns: h (units, P) = W h, the other memory order."""

    def __init__(self, case, x, y):
        super().__init__(case, x, y)
        self.x, self.y = x.T.contiguous(), y.T.contiguous()

    def pathway(self, weights):
        h = self.x
        for weight in weights:
            h = self.activation(weight @ h)
        return h


class Ensemble:
    """All members and pathways as one batch: weights (members * pathways, rows, columns)."""

    def __init__(self, case, x, y):
        self.members = case["members"]
        batch = self.members * PATHWAYS
        self.activation = ACTIVATIONS[case["activation"]]
        self.x = x.T.contiguous().expand(batch, -1, -1)
        self.y = y.T.contiguous()
        shapes = layer_shapes(case, x.shape[1], y.shape[1])
        self.weights = [gaussian((batch, *s), case) for s in shapes]

    def loss(self):
        h = self.x
        for weight in self.weights:
            h = self.activation(torch.bmm(weight, h))
        output = h.view(self.members, PATHWAYS, *h.shape[1:]).sum(1)
        return (self.y - output).square().sum()


class Handwritten(Columns):
    """No autograd: backward by hand, the rank-P update added into W without a gradient matrix.

    Not the published algorithm, but what a PyTorch expert could write; reported apart.
    """

    DERIVATIVES = {"linear": lambda h: None, "tanh": lambda h: 1 - h * h,
                   "relu": lambda h: (h > 0).to(h.dtype)}

    def __init__(self, case, x, y):
        super().__init__(case, x, y)
        self.derivative = self.DERIVATIVES[case["activation"]]
        self.rate = case["learning_rate"]

    @torch.no_grad()
    def step(self):
        states = []
        for weights in self.pathways:
            h = [self.x]
            for weight in weights:
                h.append(self.activation(weight @ h[-1]))
            states.append(h)
        error = 2 * (sum(h[-1] for h in states) - self.y)
        for weights, h in zip(self.pathways, states):
            delta = error
            for layer in reversed(range(len(weights))):
                slope = self.derivative(h[layer + 1])
                delta = delta if slope is None else delta * slope
                previous = weights[layer].T @ delta if layer else None
                weights[layer].addmm_(delta, h[layer].T, alpha=-self.rate)
                delta = previous


VARIANTS = {"eager": Rows, "columns": Columns, "ensemble": Ensemble, "compiled": Rows,
            "compiled-ensemble": Ensemble, "handwritten": Handwritten}


def make_step(case):
    """(makes one epoch, frees the gradients, number of members it trains)."""
    torch.manual_seed(1)
    dtype = getattr(torch, case["precision"])
    x, y = (t.to(dtype) for t in hierarchy())
    network = VARIANTS[case["variant"]](case, x, y)
    if case["variant"] == "handwritten":
        return network.step, lambda: None, 1
    settings = {"lr": case["learning_rate"]}
    try:  # one fused kernel for the update, where this PyTorch has it on the CPU
        optimiser = torch.optim.SGD(network.weights, fused=True, **settings)
    except (TypeError, RuntimeError):
        optimiser = torch.optim.SGD(network.weights, **settings)
    loss = network.loss
    if case["variant"].startswith("compiled"):
        if not hasattr(torch, "compile"):
            raise RuntimeError("this PyTorch has no torch.compile")
        loss = torch.compile(network.loss)

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss().backward()
        optimiser.step()

    return step, lambda: optimiser.zero_grad(set_to_none=True), network.members


def blas_library():
    """The linear algebra that PyTorch was built with and, where it tells, the core in use."""
    build = torch.__config__.show()
    for line in build.splitlines():
        if "Math Kernel Library" in line:
            return line.strip(" -").split(" Product")[0]
    import ctypes
    libraries = {line.split()[-1] for line in open("/proc/self/maps") if "openblas" in line}
    for name in sorted(libraries):
        try:
            core = ctypes.CDLL(name).openblas_get_corename
            core.restype = ctypes.c_char_p
            return "OpenBLAS, core " + core().decode()
        except (OSError, AttributeError):
            continue
    return "unknown"


def main():
    threads = int(sys.argv[1])
    torch.set_num_threads(threads)
    steps = []
    hello = {"torch": torch.__version__, "threads": torch.get_num_threads()}
    torch.ones(8, 8) @ torch.ones(8, 8)  # loads the BLAS
    print(json.dumps({**hello, "blas": blas_library()}), flush=True)
    for line in sys.stdin:
        message = json.loads(line)
        try:
            if message["command"] == "quit":
                return
            if message["command"] == "drop":
                steps, reply = [], {}
            elif message["command"] == "prepare":
                step, release, members = make_step(message)
                step()
                step()
                steps.append((step, release))
                reply = {"key": len(steps) - 1, "members": members}
            else:
                step, release = steps[message["key"]]
                start = time.perf_counter()
                for _ in range(message["epochs"]):
                    step()
                reply = {"seconds": time.perf_counter() - start}
                release()  # gradients of a waiting case would only fill the memory
        except Exception as error:  # the parent reports it and goes on with the other variants
            lines = str(error).strip().splitlines()
            reply = {"error": f"{type(error).__name__}: {lines[0] if lines else ''}"}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
