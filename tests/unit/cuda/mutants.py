"""Compiles each mutant of mutants.txt in place of its source and shows that a test fails.

Usage: mutants.py SOURCE_FOLDER BUILD_FOLDER [WORD]
nightly; prints what survived; WORD: only mutants whose file or text contains it"""

import json
import pathlib
import shlex
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = ("polypath_cuda_conformance_test", "polypath_cuda_training_test")
LIBRARY = "libpolypath_cuda_simulated.a"
HEADER_USERS = {  # a source that is compiled again when a header is mutated
    "kernels/functor/philox.hpp": ["kernels/cuda/normal.cu", "kernels/cuda/normal_product.cu"],
    "kernels/functor/normal.hpp": ["kernels/cuda/normal.cu", "kernels/cuda/normal_product.cu"],
    "kernels/functor/activation.hpp": ["kernels/cuda/pointwise.cu", "kernels/cuda/bias.cu"],
    "kernels/cuda/operand.cuh": ["kernels/cuda/pointwise.cu", "kernels/cuda/bias.cu",
                                 "kernels/cuda/reductions.cu"],
    "kernels/cuda/graph_cache.hpp": [f"kernels/cuda/{name}.cpp" for name in (
        "cuda_backend", "graph_cache", "normal_products", "operations", "projection")],
    "kernels/cuda/handles.hpp": [f"kernels/cuda/{name}.cpp" for name in (
        "blas", "cuda_backend", "graph_cache", "normal_products", "operations", "staging", "svd")],
}


def read_mutants(path):
    mutants = []
    for block in path.read_text().split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if lines:
            name, old, new = (line.split(" ", 1)[1] for line in lines)
            mutants.append((name, old.replace("\\n", "\n"), new.replace("\\n", "\n")))
    return mutants


class Builder:
    def __init__(self, source, build, scratch):
        self.source, self.build, self.scratch = source, build, scratch
        commands = json.loads((build / "compile_commands.json").read_text())
        self.compile = {
            str(pathlib.Path(entry["file"]).resolve().relative_to(source)): entry["command"]
            for entry in commands
            if "polypath_cuda_simulated.dir" in entry["command"]
        }
        self.link = {}
        for program in PROGRAMS:
            listed = subprocess.run(["ninja", "-C", build, "-t", "commands", program],
                                    capture_output=True, text=True, check=True).stdout
            line = [line for line in listed.splitlines() if f"-o tests/unit/cuda/{program}" in line]
            self.link[program] = line[-1]

    def mutate(self, name, old, new):
        """Writes the mutant into the scratch folder; the sources to compile again."""
        text = (self.source / name).read_text()
        if old not in text:
            sys.exit(f"mutants.txt: {name} no longer contains: {old}")
        target = self.scratch / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace(old, new, 1))
        return HEADER_USERS.get(name, [name])

    def build_object(self, name):
        arguments = shlex.split(self.compile[name])
        mutated = self.scratch / name
        if not mutated.exists():
            mutated.parent.mkdir(parents=True, exist_ok=True)
            mutated.write_text((self.source / name).read_text())
        output = self.scratch / (name.replace("/", "_") + ".o")
        arguments[arguments.index("-o") + 1] = str(output)
        arguments[arguments.index("-c") + 1] = str(mutated)
        # A mutated header is found before the project's own.
        arguments.insert(arguments.index("-c"), f"-I{self.scratch}")
        first = next(i for i, argument in enumerate(arguments) if argument.startswith("-I"))
        arguments.insert(first, f"-I{self.scratch}")
        return output if subprocess.run(arguments, cwd=self.build).returncode == 0 else None

    def run(self, objects):
        """The first program whose tests fail with these objects, or None."""
        for program in PROGRAMS:
            output = self.scratch / program
            command = self.link[program].replace(f"-o tests/unit/cuda/{program}", f"-o {output}", 1)
            library = next(word for word in command.split() if word.endswith(LIBRARY))
            command = command.replace(library, " ".join(map(str, objects)) + f" {library}", 1)
            subprocess.run(command, shell=True, cwd=self.build, check=True)
            selected = "--gtest_filter=" + ("*/cuda_*" if "conformance" in program else "*")
            try:
                result = subprocess.run([output, selected, "--gtest_fail_fast", "--gtest_brief=1"],
                                        capture_output=True, timeout=600)
            except subprocess.TimeoutExpired:
                return f"{program} (hangs)"
            if result.returncode != 0:
                return program
        return None


def main():
    source, build = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    word = sys.argv[3] if len(sys.argv) > 3 else ""
    mutants = [m for m in read_mutants(HERE / "mutants.txt") if word in " ".join(m)]
    survivors = 0
    with tempfile.TemporaryDirectory() as scratch:
        builder = Builder(source, build, pathlib.Path(scratch))
        names = sorted({name for mutant in mutants for name in HEADER_USERS.get(mutant[0], mutant[:1])})
        failing = builder.run([builder.build_object(name) for name in names])
        if failing:
            sys.exit(f"{failing} fails without any mutant: build it and mend that first")
    for number, (name, old, new) in enumerate(mutants, 1):
        with tempfile.TemporaryDirectory() as scratch:
            builder = Builder(source, build, pathlib.Path(scratch))
            objects = [builder.build_object(user) for user in builder.mutate(name, old, new)]
            killer = "the compiler" if None in objects else builder.run(objects)
        survivors += killer is None
        print(f"{number:3} of {len(mutants)} {name}: {old!r} -> {new!r}: "
              f"{'SURVIVES' if killer is None else 'killed by ' + killer}", flush=True)
    print(f"{len(mutants) - survivors} of {len(mutants)} mutants killed")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
