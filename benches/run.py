#!/usr/bin/env python3
"""Run the whole-program suite under several implementations and compare time, CPU and memory.

The implementations are interleaved, one run of each in turn, so that a slow minute of the machine hits all
of them. Every run must print what the first implementation printed; a program that fails is reported and
left out of the means, never dropped silently. See README.md beside this file.
"""

import argparse
import fnmatch
import json
import math
import os
import platform
import select
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
SUITE = HERE / "suite"
C_SOURCES = HERE / "c"
C_NAME = "c"
METRICS = ("wall", "cpu", "rss")

STARTUP_CASES = {
    "startup:pass": ["-c", "pass"],
    "startup:imports": ["-c", "import json, re, argparse, dataclasses"],
}


@dataclass
class Program:
    name: str
    kind: str
    modules: list[str]

    @property
    def path(self):
        return SUITE / f"{self.name}.py"


@dataclass
class Implementation:
    """A command that runs Python programs, or (`command is None`) the compiled C counterparts."""

    name: str
    command: list[str] | None
    binaries: dict[str, Path] = field(default_factory=dict)

    def argv(self, program, rounds):
        """The command line that runs `program`, or None where there is no version for it."""
        arguments = [str(rounds)] if rounds is not None else []
        if self.command is None:
            binary = self.binaries.get(program.name)
            return [str(binary), *arguments] if binary else None
        return [*self.command, str(program.path), *arguments]


@dataclass
class Sample:
    """One run. Seconds and bytes; `error` says why the run does not count."""

    wall: float = 0.0
    cpu: float = 0.0
    rss: int = 0
    stdout: bytes = b""
    error: str | None = None


@dataclass
class Series:
    """Every run of one program (or start-up case) under one implementation."""

    samples: list[Sample] = field(default_factory=list)

    @property
    def error(self):
        return next((sample.error for sample in self.samples if sample.error), None)

    def values(self, metric):
        return [getattr(sample, metric) for sample in self.samples]

    def median(self, metric):
        return statistics.median(self.values(metric))

    @property
    def usable(self):
        return bool(self.samples) and self.error is None


# --- running -------------------------------------------------------------------------------------------


def compiler():
    return shlex.split(os.environ.get("CC", "gcc"))


def compile_c(source, target):
    subprocess.run([*compiler(), "-O2", "-o", target, source, "-lm"], check=True)
    return target


def clean_environment(cache):
    """The environment without settings that change how a Python runs.

    Compiled modules are kept in `cache`, since an installation whose library lacks its .pyc files and
    cannot write them would otherwise compile the library anew in every run.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return kept | {"PYTHONPYCACHEPREFIX": str(cache)}


class Runner:
    """Starts measured processes; owns the temporary directory with the launcher and the C binaries."""

    def __init__(self, timeout):
        self.timeout = timeout
        self._directory = tempfile.TemporaryDirectory(prefix="adder-bench-")
        self.directory = Path(self._directory.name)
        self.launcher = compile_c(C_SOURCES / "measure.c", self.directory / "measure")
        self.environment = clean_environment(self.directory / "pycache")

    def close(self):
        self._directory.cleanup()

    def run(self, argv):
        """Run `argv` once, its standard output kept, and return the Sample."""
        report = self.directory / "report"
        report.unlink(missing_ok=True)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen(
                [self.launcher, report, *argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=self.environment,
                start_new_session=True,
            )
            try:
                process.wait(self.timeout)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return Sample(error=f"no end after {self.timeout:g} s")
            except KeyboardInterrupt:
                os.killpg(process.pid, signal.SIGKILL)
                raise
            out.seek(0)
            err.seek(0)
            return read_report(report, out.read(), err.read())


def read_report(report, stdout, stderr):
    try:
        wall_ns, user_us, sys_us, maxrss_kib, status = map(int, report.read_text().split())
    except (OSError, ValueError):
        return Sample(error="the launcher wrote no report")
    sample = Sample(wall_ns / 1e9, (user_us + sys_us) / 1e6, maxrss_kib * 1024, stdout)
    if status < 0:
        sample.error = f"killed by {signal.Signals(-status).name}{last_line(stderr)}"
    elif status > 0:
        sample.error = f"exit status {status}{last_line(stderr)}"
    return sample


def last_line(stderr):
    lines = stderr.decode(errors="replace").strip().splitlines()
    return f": {lines[-1][:200]}" if lines else ""


def check_output(sample, expected):
    """Mark `sample` as failed unless it printed `expected`; the first good run sets what is expected."""
    if sample.error or expected is None or sample.stdout == expected:
        return sample.stdout if expected is None and not sample.error else expected
    got, want = sample.stdout.splitlines(), expected.splitlines()
    line = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b), min(len(got), len(want)))
    shown = got[line].decode(errors="replace")[:60] if line < len(got) else "the end"
    wanted = want[line].decode(errors="replace")[:60] if line < len(want) else "the end"
    sample.error = f"wrong output at line {line + 1}: {shown!r}, expected {wanted!r}"
    return expected


def interleave(runner, cases, repetitions, report):
    """Run each case under its implementations in turn. A failed implementation is not run again.

    `cases` yields (title, {implementation name: argv}, {implementation name: primer argv}); the primers
    fill disk and module caches, unmeasured. Returns {title: {implementation name: Series}}.
    """
    results = {}
    for title, commands, primers in cases:
        for argv in primers.values():
            runner.run(argv)
        series = results[title] = {name: Series() for name in commands}
        expected = None
        names = list(commands)
        for repetition in range(repetitions):
            # The reference goes first once, to set the expected output; later rounds rotate the order.
            shift = repetition % len(names) if names else 0
            for name in names[shift:] + names[:shift]:
                if series[name].error:
                    continue
                sample = runner.run(commands[name])
                expected = check_output(sample, expected)
                series[name].samples.append(sample)
        report(title, series)
    return results


# --- reporting -----------------------------------------------------------------------------------------


def show(metric, value):
    if metric == "rss":
        return f"{value / 2**20:.1f}M"
    return f"{value:.3f}s" if value >= 0.0995 else f"{value * 1000:.1f}ms"


def ratio(series, baseline, metric):
    """Median of `series` over the baseline's, or None when either failed. Below 1 is better."""
    if not (series.usable and baseline.usable) or baseline.median(metric) <= 0:
        return None
    return series.median(metric) / baseline.median(metric)


def print_series(title, series):
    baseline = next(iter(series.values()))
    for position, (name, one) in enumerate(series.items()):
        head = title if position == 0 else ""
        if not one.usable:
            print(f"{head:<18} {name:<14} FAILED {one.error}", flush=True)
            continue
        columns = []
        for metric in METRICS:
            values = one.values(metric)
            spread = f"[{show(metric, min(values))}-{show(metric, max(values))}]"
            times = ratio(one, baseline, metric)
            times = "" if position == 0 or times is None else f"x{times:.3f}"
            columns.append(f"{metric} {show(metric, one.median(metric)):>8} {times:<8}{spread:<20}")
        print(f"{head:<18} {name:<14} {'  '.join(columns)}".rstrip(), flush=True)


def geometric_mean(values):
    positive = [value for value in values if value]
    return math.exp(sum(map(math.log, positive)) / len(positive)) if positive else None


def means(results, names):
    """{implementation: {metric: geometric mean of ratios, "programs": how many counted}}."""
    table = {}
    for name in names[1:]:
        row = {}
        for metric in METRICS:
            ratios = [
                ratio(series[name], series[names[0]], metric)
                for series in results.values()
                if name in series and names[0] in series
            ]
            row[metric] = geometric_mean(ratios)
            row["programs"] = sum(value is not None for value in ratios)
            row["of"] = len(ratios)
        table[name] = row
    return table


def print_means(title, results, names):
    table = means(results, names)
    if not table:
        return
    print(f"\n{title}: geometric mean of ratios to {names[0]} (below 1 is faster, smaller)")
    for name, row in table.items():
        if not row["programs"]:
            print(f"  {name:<16} nothing to compare")
            continue
        figures = "  ".join(f"{metric} {row[metric]:.3f}" for metric in METRICS)
        print(f"  {name:<16} {figures}   over {row['programs']} of {row['of']} programs")


def print_kinds(results, names, programs):
    """Wall ratios per kind of program: where an implementation is strong or weak."""
    kinds = {}
    for program in programs:
        if program.name in results:
            kinds.setdefault(program.kind, {})[program.name] = results[program.name]
    if len(kinds) < 2 or len(names) < 2:
        return
    print(f"\nwall ratio to {names[0]} by kind")
    for kind, subset in kinds.items():
        table = means(subset, names)
        cells = [f"{name} {row['wall']:.3f}" for name, row in table.items() if row["wall"]]
        if cells:
            print(f"  {kind:<10} {len(subset):>2} programs   {'   '.join(cells)}")


def failures(results):
    return [
        (title, name, one.error or "not run")
        for title, series in results.items()
        for name, one in series.items()
        if not one.usable
    ]


def print_failures(results):
    failed = failures(results)
    if failed:
        print(f"\n{len(failed)} FAILED")
        for title, name, error in failed:
            print(f"  {title} under {name}: {error}")
    return bool(failed)


def as_json(results):
    return {
        title: {
            name: {"error": one.error, **{metric: one.values(metric) for metric in METRICS}}
            for name, one in series.items()
        }
        for title, series in results.items()
    }


# --- warm-up curves ------------------------------------------------------------------------------------


def process_cpu_seconds(pid):
    """CPU seconds of all threads of a running process, from its CPU clock (see clock_getcpuclockid(3))."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return None


def stamp_lines(argv, environment, timeout):
    """Run `argv` and note when each line of its output arrives: [(wall, cpu)], output, error.

    Every program prints (and flushes) one line a round, so the lines are the time stamps.
    """
    stamps, chunks = [], []
    with tempfile.TemporaryFile() as err:
        start = time.monotonic()
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=err,
            env=environment,
            start_new_session=True,
        )
        pipe = process.stdout.fileno()
        while True:
            ready, _, _ = select.select([pipe], [], [], max(0, start + timeout - time.monotonic()))
            if not ready:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return stamps, b"".join(chunks), f"no end after {timeout:g} s"
            chunk = os.read(pipe, 1 << 16)
            wall, cpu = time.monotonic() - start, process_cpu_seconds(process.pid)
            if not chunk:
                break
            chunks.append(chunk)
            stamps.extend([(wall, cpu)] * chunk.count(b"\n"))
        status = process.wait()
        process.stdout.close()
        err.seek(0)
        error = f"exit status {status}{last_line(err.read())}" if status else None
    return stamps, b"".join(chunks), error


def warmup_summary(stamps):
    """First round, steady round (median of the last half) and when rounds settle within 10 % of steady."""
    ends = [wall for wall, _ in stamps]
    rounds = [end - begin for begin, end in zip([0.0, *ends], ends)]
    steady = statistics.median(rounds[len(rounds) // 2 :])
    settled = next((i for i in range(len(rounds)) if statistics.median(rounds[i : i + 3]) <= 1.1 * steady), 0)
    return {"first": rounds[0], "steady": steady, "settled_round": settled, "settled_at": ends[settled]}


def run_warmup(runner, programs, implementations, rounds):
    document, failed = {}, []
    print("warm-up: first round (with start-up), steady round, and when rounds settle at the steady time")
    for program in programs:
        expected = None
        for position, implementation in enumerate(implementations):
            argv = implementation.argv(program, rounds)
            if argv is None:
                continue
            runner.run(implementation.argv(program, 1))
            stamps, stdout, error = stamp_lines(argv, runner.environment, runner.timeout)
            sample = Sample(stdout=stdout, error=error)
            expected = check_output(sample, expected)
            entry = {"error": sample.error, "stamps": stamps}
            head = program.name if position == 0 else ""
            if sample.error or not stamps:
                entry["error"] = sample.error or "printed nothing"
                failed.append((program.name, implementation.name, entry["error"]))
                print(f"{head:<18} {implementation.name:<14} FAILED {entry['error']}", flush=True)
            else:
                entry |= warmup_summary(stamps)
                print(
                    f"{head:<18} {implementation.name:<14} first {show('wall', entry['first']):>8}"
                    f"  steady {show('wall', entry['steady']):>8}  settled at round"
                    f" {entry['settled_round']:>3} of {len(stamps)}, {show('wall', entry['settled_at'])}",
                    flush=True,
                )
            document.setdefault(program.name, {})[implementation.name] = entry
    for title, name, error in failed:
        print(f"FAILED {title} under {name}: {error}")
    return document, bool(failed)


# --- command line --------------------------------------------------------------------------------------


def load_programs():
    with open(HERE / "suite.toml", "rb") as file:
        entries = tomllib.load(file)["program"]
    programs = [Program(entry["name"], entry["kind"], entry.get("modules", [])) for entry in entries]
    listed, present = {program.name for program in programs}, {path.stem for path in SUITE.glob("*.py")}
    if listed != present:
        sys.exit(f"suite.toml and suite/ differ: {', '.join(sorted(listed ^ present))}")
    return programs


def parse_implementation(text):
    name, equals, command = text.partition("=")
    if not (name and equals and command.strip()):
        raise argparse.ArgumentTypeError(f"expected NAME=COMMAND, got {text!r}")
    return Implementation(name, shlex.split(command))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--impl",
        action="append",
        type=parse_implementation,
        default=[],
        metavar="NAME=COMMAND",
        help="an implementation; may be repeated, the first is the baseline (default: this Python)",
    )
    parser.add_argument("--c", action="store_true", help="add the C counterparts as one more implementation")
    parser.add_argument("programs", nargs="*", metavar="PROGRAM", help="names or globs (default: all)")
    parser.add_argument("--kind", action="append", help="only programs of this kind; may be repeated")
    parser.add_argument("--reps", type=int, default=3, help="runs of each program (default 3)")
    parser.add_argument("--rounds", type=int, help="rounds inside each program (default: its own)")
    parser.add_argument("--timeout", type=float, default=300, help="seconds for one run (default 300)")
    parser.add_argument("--startup", action="store_true", help="measure start-up instead of the suite")
    parser.add_argument("--startup-reps", type=int, default=40, help="runs of each start-up case")
    parser.add_argument("--warmup", action="store_true", help="time each round instead of whole runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample to FILE")
    parser.add_argument("--list", action="store_true", help="list the programs and stop")
    options = parser.parse_args()
    if not options.impl:
        options.impl = [Implementation("python", [sys.executable])]
    names = [one.name for one in options.impl] + [C_NAME] * options.c
    if len(set(names)) != len(names):
        parser.error("implementation names must differ")
    return options


def select_programs(options):
    programs = load_programs()
    patterns = options.programs or ["*"]
    for pattern in patterns:
        if not any(fnmatch.fnmatchcase(program.name, pattern) for program in programs):
            sys.exit(f"no program matches {pattern!r}")
    return [
        program
        for program in programs
        if any(fnmatch.fnmatchcase(program.name, pattern) for pattern in patterns)
        and (not options.kind or program.kind in options.kind)
    ]


def c_implementation(runner, programs):
    sources = {program.name: C_SOURCES / f"{program.name}.c" for program in programs}
    binaries = {
        name: compile_c(source, runner.directory / name) for name, source in sources.items() if source.exists()
    }
    return Implementation(C_NAME, None, binaries)


def program_cases(programs, implementations, rounds):
    for program in programs:
        able = [one for one in implementations if one.argv(program, rounds)]
        commands = {one.name: one.argv(program, rounds) for one in able}
        yield program.name, commands, {one.name: one.argv(program, 1) for one in able}


def startup_cases(implementations):
    for title, arguments in STARTUP_CASES.items():
        commands = {one.name: [*one.command, *arguments] for one in implementations}
        yield title, commands, commands


def execute(options, runner, programs):
    """Run what the options ask for; returns the JSON body and whether anything failed."""
    if options.startup:
        results = interleave(runner, startup_cases(options.impl), options.startup_reps, print_series)
        return {"startup": as_json(results)}, print_failures(results)
    implementations = list(options.impl)
    if options.c:
        implementations.append(c_implementation(runner, programs))
    if options.warmup:
        document, failed = run_warmup(runner, programs, implementations, options.rounds)
        return {"warmup": document}, failed
    names = [one.name for one in implementations]
    cases = program_cases(programs, implementations, options.rounds)
    results = interleave(runner, cases, options.reps, print_series)
    print_kinds(results, names, programs)
    print_means("whole suite" if len(programs) > 1 else "program", results, names)
    body = {"programs": as_json(results), "means": means(results, names)}
    return body, print_failures(results)


def main():
    options = parse_arguments()
    programs = select_programs(options)
    if options.list:
        for program in programs:
            print(f"{program.name:<18} {program.kind:<10} {' '.join(program.modules)}".rstrip())
        return 0
    runner = Runner(options.timeout)
    try:
        body, failed = execute(options, runner, programs)
    finally:
        runner.close()
    if options.json:
        header = {
            "machine": f"{platform.machine()} {platform.system()} {platform.release()}",
            "cores": os.cpu_count(),
            "implementations": {one.name: shlex.join(one.command) for one in options.impl},
            "baseline": options.impl[0].name,
            "rounds": options.rounds,
        }
        options.json.write_text(json.dumps(header | body, indent=1) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
