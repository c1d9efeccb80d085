"""A virtual machine in Python: an if/elif dispatch loop over tuples, a value stack, frames and calls."""

import sys

(PUSH, LOAD, STORE, ADD, SUB, MUL, MOD, LESS, EQUAL, JUMP, JUMP_IF_FALSE, CALL, RETURN, HALT) = range(14)


class Assembler:
    """Turns lines such as "push 3" or "jump_if_false end" into (opcode, operand) pairs."""

    OPCODES = {
        "push": PUSH, "load": LOAD, "store": STORE, "add": ADD, "sub": SUB, "mul": MUL, "mod": MOD,
        "less": LESS, "equal": EQUAL, "jump": JUMP, "jump_if_false": JUMP_IF_FALSE, "call": CALL,
        "return": RETURN, "halt": HALT,
    }

    def __init__(self):
        self.labels = {}

    def assemble(self, source):
        statements = []
        for line in source.splitlines():
            line = line.strip()
            if line.endswith(":"):
                self.labels[line[:-1]] = len(statements)
            elif line:
                statements.append(line.split())
        return [self.encode(*words) for words in statements]

    def encode(self, mnemonic, operand=None):
        if operand in self.labels:
            value = self.labels[operand]
        else:
            value = int(operand) if operand is not None else 0
        return self.OPCODES[mnemonic], value


class Machine:
    def __init__(self, code):
        self.code = code
        self.stack = []
        self.frames = []
        self.steps = 0

    def run(self, local_values):
        code, stack, frames = self.code, self.stack, self.frames
        slots = list(local_values)
        pc = 0
        while True:
            self.steps += 1
            opcode, operand = code[pc]
            pc += 1
            if opcode == LOAD:
                stack.append(slots[operand])
            elif opcode == PUSH:
                stack.append(operand)
            elif opcode == STORE:
                slots[operand] = stack.pop()
            elif opcode == ADD:
                right = stack.pop()
                stack.append(stack.pop() + right)
            elif opcode == SUB:
                right = stack.pop()
                stack.append(stack.pop() - right)
            elif opcode == MUL:
                right = stack.pop()
                stack.append(stack.pop() * right)
            elif opcode == MOD:
                right = stack.pop()
                stack.append(stack.pop() % right)
            elif opcode == LESS:
                right = stack.pop()
                stack.append(1 if stack.pop() < right else 0)
            elif opcode == EQUAL:
                right = stack.pop()
                stack.append(1 if stack.pop() == right else 0)
            elif opcode == JUMP:
                pc = operand
            elif opcode == JUMP_IF_FALSE:
                if not stack.pop():
                    pc = operand
            elif opcode == CALL:
                frames.append((pc, slots))
                slots = [stack.pop(), 0, 0, 0]
                pc = operand
            elif opcode == RETURN:
                pc, slots = frames.pop()
            elif opcode == HALT:
                return stack.pop()
            else:
                raise ValueError(f"unknown opcode {opcode}")


# Slot 0 holds the limit; the answer is the sum of the primes below it, modulo 99991.
PRIMES = """
    push 2
    store 1
outer:
    load 1
    load 0
    less
    jump_if_false done
    load 1
    call is_prime
    jump_if_false next
    load 2
    load 1
    add
    push 99991
    mod
    store 2
next:
    load 1
    push 1
    add
    store 1
    jump outer
done:
    load 2
    halt

is_prime:
    push 2
    store 1
divide:
    load 0
    load 1
    load 1
    mul
    less
    jump_if_false try
    push 1
    return
try:
    load 0
    load 1
    mod
    jump_if_false composite
    load 1
    push 1
    add
    store 1
    jump divide
composite:
    push 0
    return
"""

# Fibonacci by double recursion: f(n) = f(n - 1) + f(n - 2).
FIBONACCI = """
    load 0
    call fibonacci
    halt

fibonacci:
    load 0
    push 2
    less
    jump_if_false recurse
    load 0
    return
recurse:
    load 0
    push 1
    sub
    call fibonacci
    load 0
    push 2
    sub
    call fibonacci
    add
    return
"""


def execute(source, argument):
    machine = Machine(Assembler().assemble(source))
    return machine.run([argument, 0, 0, 0]), machine.steps


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for number in range(rounds):
        print(number, *execute(PRIMES, 2500), *execute(FIBONACCI, 18), flush=True)


if __name__ == "__main__":
    main()
