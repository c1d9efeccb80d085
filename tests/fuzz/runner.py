"""Runs programs given as files, each in a namespace of its own, and delimits their output.

    python runner.py PRELUDE PROGRAM...

A line of "\x1e", the program's number and "begin" or "end" frames each program; what is missing after a crash or a
time limit tells the driver which program was to blame.
"""
import os
import sys

namespaces = []


def run(number, prelude, path):
    """Runs one program; an exception that leaves it is part of its output."""
    with open(path, encoding="utf-8") as file:
        source = file.read()
    namespace = {"__name__": "fuzzed", "__builtins__": __builtins__}
    namespaces.append(namespace)
    exec(prelude, namespace)
    try:
        exec(compile(source, "program.py", "exec"), namespace)
    except BaseException as error:
        lines = []
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == "program.py":
                lines.append(trace.tb_lineno)
            trace = trace.tb_next
        print("uncaught", type(error).__name__, namespace["text"](error), "lines", lines)


def main():
    """Runs all programs of the command line."""
    with open(sys.argv[1], encoding="utf-8") as file:
        prelude = compile(file.read(), "prelude.py", "exec")
    for number, path in enumerate(sys.argv[2:]):
        print(f"\x1e{number} begin", flush=True)
        run(number, prelude, path)
        print(f"\x1e{number} end", flush=True)
    # No finalizers: what they print at the end depends on the collector.
    os._exit(0)


main()
