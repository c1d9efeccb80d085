"""The program generator: `generate(seed)` gives the same program for the same seed, whatever runs it."""
from .program import Generator


def generate(seed):
    """Source text of the program of `seed`."""
    return Generator(seed).program()
