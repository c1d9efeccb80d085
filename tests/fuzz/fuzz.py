"""Differential fuzzer: random programs under CPython 3.14 and under Adder must print the same.

    python3.14 tests/fuzz/fuzz.py --adder target/release/adder --peer python3.14 --seed 0 --count 1000

* `generator` makes a program from a seed, the same one for ever (until the generator is changed); a run is resumed
  by giving the next `--seed`.
* `runner.py` runs a batch of programs in one process, each in a namespace of its own, delimiting the output. After a
  crash or a time limit the batch goes on behind the program to blame.
* Outputs are compared line by line. Where they differ, the seed and the first differing lines are reported, unless
  `accepted.txt` has a pattern that matches Adder's or CPython's line, each with its reason.
* `--shrink` reduces a difference to a small program (`shrink.py`) that keeps the same kind of difference.
* `--mode` gives ways to run Adder: `plain`, `gc` (a collection every few allocations), `off` (no JIT), `jit` (compile
  at the second call or round), `fail1`, `fail7`, `fail100` (the same, and every Nth guard fails), `jitgc` (`jit` and
  `gc`), `warm` (compile after 40 calls or rounds: with types seen, unlike `jit`), `warm1`, `warm7`, `warm100`, `warmgc`.
* `--coverage` disassembles the programs instead and lists instructions that none of them contains.

Exit status 1 when an unaccepted difference was found.
"""
import argparse
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import tempfile
import warnings

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from generator import generate  # noqa: E402
from shrink import Shrinker  # noqa: E402

EAGER = ["-X", "jit=eager", "-X", "jit-verify=1"]
# As soon as types have been seen, on the thread that found the code hot: what is compiled does not depend on time.
WARM = ["-X", "jit-threshold=40", "-X", "jit-sync=1", "-X", "jit-verify=1"]
GC = {"ADDER_GC_STRESS": "97", "ADDER_GC_POISON": "1", "ADDER_GC_VERIFY": "1"}
MODES = {
    "plain": ([], {}),
    "gc": ([], GC),
    "off": (["-X", "jit=off"], {}),
    "jit": (EAGER, {}),
    **{f"fail{n}": (EAGER, {"ADDER_JIT_FAIL_GUARDS": str(n)}) for n in (1, 7, 100)},
    "jitgc": (EAGER, GC),
    "warm": (WARM, {}),
    **{f"warm{n}": (WARM, {"ADDER_JIT_FAIL_GUARDS": str(n)}) for n in (1, 7, 100)},
    "warmgc": (WARM, GC),
}


class Interpreter:
    """A way to run programs. What is limited is CPU time, so that a busy or paused machine is no difference; a process
    that waits for ever is ended by a far larger limit of real time."""

    def __init__(self, path, options=(), environment=None, seconds=20):
        self.path, self.options, self.seconds = path, list(options), seconds
        self.environment = {**os.environ, **(environment or {}), "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        self.environment.pop("PYTHONPATH", None)

    def command(self, *arguments):
        """Runs with arguments; (output, what went wrong or None)."""
        command = [self.path, "-W", "ignore", *self.options, *map(str, arguments)]
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            wrong = None
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=self.environment)
            limit = int(self.seconds)
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (limit, limit + 5))
            try:
                code = process.wait(self.seconds * 30)
                if code == -signal.SIGXCPU:
                    wrong = "time limit"
                elif code < 0:
                    wrong = f"killed by signal {-code}"
                elif code:
                    wrong = f"exit status {code}"
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                wrong = "time limit (waiting)"
            out.seek(0)
            err.seek(0)
            text = out.read(4_000_000).decode("utf-8", "backslashreplace")
            if wrong:
                tail = err.read(20000).decode("utf-8", "backslashreplace").strip().splitlines()[-4:]
                wrong += ": " + " / ".join(tail)
        return text, wrong

    def run(self, paths):
        """The output lines of each program, the last line telling a crash."""
        results = []
        while len(results) < len(paths):
            rest = paths[len(results):]
            text, wrong = self.command(HERE / "runner.py", HERE / "prelude.py", *rest)
            parts = text.split("\x1e")[1:]
            done = [part.split("\n")[1:] for part in parts if not part.rstrip().endswith(" end") and part.split("\n")[0].endswith("begin")]
            ended = sum(part.rstrip("\n").endswith(" end") for part in parts)
            results += done[:ended]
            if ended < len(rest):
                partial = done[ended] if len(done) > ended else []
                results.append([*partial, f"*** {wrong or 'ended early'}"])
        return results


class Differ:
    """Compares interpreters over programs."""

    def __init__(self, peer, subjects, folder):
        self.peer, self.subjects, self.folder = peer, subjects, pathlib.Path(folder)
        self.accepted = []
        for line in (HERE / "accepted.txt").read_text().splitlines():
            if line.strip() and not line.startswith("#"):
                pattern, _, reason = line.partition("    # ")
                assert reason, f"accepted.txt: no reason given for {pattern}"
                self.accepted.append(re.compile(pattern))

    def write(self, name, source):
        """The file of a program."""
        path = self.folder / f"{name}.py"
        path.write_text(source, encoding="utf-8")
        return path

    def difference(self, expected, found):
        """The first pair of lines that differ and are not accepted; what follows an accepted one is not compared."""
        if found and found[-1].startswith("***"):
            return (expected[len(found) - 1] if len(expected) >= len(found) else "<end>"), found[-1]
        for index in range(max(len(expected), len(found))):
            a = expected[index] if index < len(expected) else "<end>"
            b = found[index] if index < len(found) else "<end>"
            if a != b:
                if any(pattern.search(a) or pattern.search(b) for pattern in self.accepted):
                    return None
                return a, b
        return None

    def compare(self, paths, modes=None):
        """For each program the list of (mode, expected line, found line)."""
        expected = dict(zip(paths, self.peer.run(paths)))
        # What the peer does not finish (numbers that grow and grow) says nothing, and takes as long again in each mode.
        rest = [path for path in paths if not (expected[path] or [""])[-1].startswith("***")]
        report = {path: [] for path in paths}
        for name in modes or self.subjects:
            for path, found in zip(rest, self.subjects[name].run(rest)):
                pair = self.difference(expected[path], found)
                if pair:
                    report[path].append((name, *pair))
        return list(report.values())


def kind_of(pair):
    """What must stay the same while shrinking: short lines, or the words of long ones without their numbers."""
    crash = pair[1].startswith("***")
    if not crash and max(map(len, pair)) < 12:
        return pair
    words = lambda line: re.sub(r"\d+", "0", re.sub(r"'[^']*'", "''", line))[:60]
    return (crash, words(pair[1])) if crash else (words(pair[0])[:24], words(pair[1])[:24])


def shrink(differ, seed, mode, pair, seconds):
    """A small program with the same kind of difference."""
    alone = Differ(differ.peer, {mode: differ.subjects[mode]}, differ.folder)
    wanted = kind_of(pair)

    def interesting(source):
        found = alone.compare([differ.write("candidate", source)])[0]
        return bool(found) and kind_of(found[0][1:]) == wanted
    source = generate(seed)
    if not interesting(source):
        return "# the difference needs the programs before it in the batch\n" + source
    return Shrinker(interesting, seconds).shrink(source)


def coverage(options, folder):
    """Lists the instructions that no program of the range contains."""
    table = (HERE.parents[1] / "interp/bytecode/src/ops.rs").read_text()
    known = set(re.findall(r"^\s+([A-Z][A-Za-z0-9]*)\([A-Z]\w*, \w+, \w+\) \"", table, re.M))
    seen = set()
    subject = Interpreter(options.adder, ["-X", "dump=bytecode"])
    prelude = (HERE / "prelude.py").read_text()
    for seed in range(options.seed, options.seed + options.count):
        path = pathlib.Path(folder) / "covered.py"
        path.write_text(prelude + generate(seed), encoding="utf-8")
        process = subprocess.run([subject.path, "-X", "dump=bytecode", str(path)], stdin=subprocess.DEVNULL, capture_output=True, env=subject.environment, timeout=60)
        for line in (process.stdout + process.stderr).decode("utf-8", "replace").splitlines():
            found = re.match(r"\s+(?:\d+\s+)?\d+\s+([A-Z][A-Za-z0-9]*)\b", line)
            if found:
                seen.add(found[1])
    missing = sorted(known - seen)
    print(f"{len(known & seen)} of {len(known)} instructions reached; never: {' '.join(missing) or 'none'}")


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--adder", default=os.environ.get("ADDER", "target/release/adder"))
    parser.add_argument("--peer", default=os.environ.get("ADDER_PEER", "python3.14"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--batch", type=int, default=25)
    parser.add_argument("--mode", action="append", choices=MODES)
    parser.add_argument("--rotate", action="store_true", help="each batch runs in the first mode and one of the others in turn")
    parser.add_argument("--shrink", action="store_true")
    parser.add_argument("--shrink-seconds", type=float, default=120)
    parser.add_argument("--option", action="append", default=[], help="an -X option for Adder")
    parser.add_argument("--print", action="store_true", help="print the program of --seed")
    parser.add_argument("--coverage", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.print:
        print((HERE / "prelude.py").read_text() + generate(options.seed))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        if options.coverage:
            coverage(options, folder)
            return 0
        extra = [word for option in options.option for word in ("-X", option)]
        subjects = {name: Interpreter(options.adder, MODES[name][0] + extra, MODES[name][1], 20 if name == "plain" else 900 if "gc" in name else 120)
                    for name in options.mode or ["plain"]}
        differ = Differ(Interpreter(options.peer, seconds=10), subjects, folder)
        return run(differ, options)


def run(differ, options):
    """Runs the range in batches and reports."""
    bad = 0
    end = options.seed + options.count
    modes, counts = list(differ.subjects), dict.fromkeys(differ.subjects, 0)
    for number, start in enumerate(range(options.seed, end, options.batch)):
        seeds = range(start, min(start + options.batch, end))
        paths = [differ.write(str(seed), generate(seed)) for seed in seeds]
        chosen = [modes[0], modes[1 + number % (len(modes) - 1)]] if options.rotate else modes
        for mode in chosen:
            counts[mode] += len(paths)
        for seed, found in zip(seeds, differ.compare(paths, chosen)):
            for mode, expected, line in found:
                bad += 1
                print(f"seed {seed} mode {mode}\n  CPython: {expected[:300]}\n  Adder:   {line[:300]}", flush=True)
                if options.shrink:
                    print("    " + shrink(differ, seed, mode, (expected, line), options.shrink_seconds).replace("\n", "\n    "), flush=True)
        for path in paths:
            path.unlink()
    print(f"seeds {options.seed} to {end - 1}: {bad} differences; programs by mode: {counts}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
