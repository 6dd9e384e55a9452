"""The published algorithm in PyTorch, as a child process that keeps its warm state.

    python3 rival.py THREADS [cpu|cuda]

Full batch, loss = sum |y - yhat|^2, plain SGD, autograd. The parent (compare_pytorch.py) writes
one JSON object a line to standard input and reads one back for each:

    {"command": "prepare", "variant": V, "depth": D, "width": N, "activation": A, "members": M, ...}
        -> {"key": K, "members": members trained by one epoch}
    {"command": "time", "key": K, "epochs": E}  -> {"seconds": wall time of E epochs}
    {"command": "drop"}                         -> frees the prepared cases
    {"command": "quit"}

Nothing is recorded inside the loop, and the loss is never copied out of its tensor.
"""
import gc
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
    weight = torch.randn(shape, dtype=getattr(torch, case["precision"]), device=case["device"])
    return weight.mul_(case["sigma"]).requires_grad_(True)


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


DERIVATIVES = {"linear": lambda h: None, "tanh": lambda h: 1 - h * h,
               "relu": lambda h: (h > 0).to(h.dtype)}


class ByHand:
    """No autograd: backward by hand, the rank-P update added into W without a gradient matrix.

    Not the published algorithm, but what a PyTorch expert could write; reported apart.
    """

    def __init__(self, case, x, y):
        super().__init__(case, x, y)
        self.derivative = DERIVATIVES[case["activation"]]
        self.rate = case["learning_rate"]


class Handwritten(ByHand, Columns):
    """One member, one pathway after the other."""

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


class HandwrittenEnsemble(ByHand, Ensemble):
    """All members and pathways as one batch."""

    @torch.no_grad()
    def step(self):
        h = [self.x]
        for weight in self.weights:
            h.append(self.activation(torch.bmm(weight, h[-1])))
        output = h[-1].view(self.members, PATHWAYS, *h[-1].shape[1:]).sum(1)
        delta = (2 * (output - self.y)).repeat_interleave(PATHWAYS, 0)
        for layer in reversed(range(len(self.weights))):
            slope = self.derivative(h[layer + 1])
            delta = delta if slope is None else delta * slope
            weight = self.weights[layer]
            previous = torch.bmm(weight.mT, delta) if layer else None
            weight.baddbmm_(delta, h[layer].mT, alpha=-self.rate)
            delta = previous


VARIANTS = {"eager": Rows, "columns": Columns, "ensemble": Ensemble, "compiled": Rows,
            "compiled-ensemble": Ensemble, "handwritten": Handwritten,
            "handwritten-ensemble": HandwrittenEnsemble, "graph": HandwrittenEnsemble}
EPOCHS_IN_A_GRAPH = 32


def captured(step):
    """A function that replays EPOCHS_IN_A_GRAPH calls of step() as one CUDA graph."""
    if not torch.cuda.is_available():
        raise RuntimeError("CUDA graphs need a card")
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):  # what loads lazily must be there before the capture
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(EPOCHS_IN_A_GRAPH):
            step()
    return graph.replay


class Prepared:
    """step() trains `epochs` epochs of `members` members; release() frees the gradients."""

    def __init__(self, step, members, release=lambda: None, epochs=1):
        self.step, self.members, self.release, self.epochs = step, members, release, epochs

    def seconds(self, epochs, wait):
        """Wall time of `epochs` epochs, or of the next whole number of steps, scaled to them."""
        steps = -(-epochs // self.epochs)
        wait()
        start = time.perf_counter()
        for _ in range(steps):
            self.step()
        wait()
        taken = time.perf_counter() - start
        self.release()  # gradients of a waiting case would only fill the memory
        return taken * epochs / (steps * self.epochs)


def prepare(case):
    torch.manual_seed(1)
    dtype = getattr(torch, case["precision"])
    x, y = (t.to(case["device"], dtype) for t in hierarchy())
    network = VARIANTS[case["variant"]](case, x, y)
    if case["variant"] == "graph":
        return Prepared(captured(network.step), network.members, epochs=EPOCHS_IN_A_GRAPH)
    if case["variant"].startswith("handwritten"):
        return Prepared(network.step, network.members)
    settings = {"lr": case["learning_rate"]}
    try:  # one fused kernel for the update, where this PyTorch has it on the device
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

    return Prepared(step, network.members, lambda: optimiser.zero_grad(set_to_none=True))


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


def hello(threads, device):
    """Who this is; loads the libraries."""
    one = torch.ones(8, 8, device=device)
    one @ one
    said = {"torch": torch.__version__, "threads": threads, "device": device,
            "blas": blas_library()}
    if device == "cuda":
        # float32 means float32 here, as in the engine.
        torch.backends.cuda.matmul.allow_tf32 = False
        said.update(card=torch.cuda.get_device_name(), cuda=torch.version.cuda,
                    blas=f"cuBLAS of CUDA {torch.version.cuda}")
    return said


def main():
    threads, device = int(sys.argv[1]), (sys.argv[2:] or ["cpu"])[0]
    torch.set_num_threads(threads)
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    cases = []
    print(json.dumps(hello(torch.get_num_threads(), device)), flush=True)
    for line in sys.stdin:
        message = json.loads(line)
        try:
            if message["command"] == "quit":
                return
            if message["command"] == "drop":
                cases, reply = [], {}
                gc.collect()
                if device == "cuda":
                    torch.cuda.empty_cache()
            elif message["command"] == "prepare":
                case = prepare({**message, "device": device})
                case.step()
                case.step()
                cases.append(case)
                reply = {"key": len(cases) - 1, "members": case.members}
            else:
                reply = {"seconds": cases[message["key"]].seconds(message["epochs"], wait)}
        except Exception as error:  # the parent reports it and goes on with the other variants
            lines = str(error).strip().splitlines()
            reply = {"error": f"{type(error).__name__}: {lines[0] if lines else ''}"}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
