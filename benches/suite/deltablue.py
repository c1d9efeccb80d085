"""An incremental solver of one-way constraints: deep class hierarchy, many small methods, lists of objects.

The algorithm is DeltaBlue (Freeman-Benson, Maloney, Borning: "An incremental constraint solver", 1990).
"""

import sys

REQUIRED, STRONG, PREFERRED, NORMAL, WEAK, WEAKEST = range(6)


class Variable:
    def __init__(self, name, value=0):
        self.name = name
        self.value = value
        self.constraints = []
        self.determined_by = None
        self.strength = WEAKEST
        self.stay = True
        self.mark = 0


class Constraint:
    """A relation among variables that can be enforced by one of several methods.

    `choose_method`, `inputs`, `output`, `forget` and `execute` are what a kind of constraint defines.
    """

    is_input = False

    def __init__(self, strength):
        self.strength = strength

    def add_to(self, planner):
        for variable in self.variables():
            variable.constraints.append(self)
        self.forget()
        planner.add(self)

    def remove_from(self, planner):
        if self.is_satisfied():
            planner.remove(self)
        else:
            self.detach()

    def detach(self):
        for variable in self.variables():
            variable.constraints.remove(self)

    def satisfy(self, mark, planner):
        """Enforce this constraint if it is strong enough; return the constraint it displaced."""
        self.choose_method(mark)
        if not self.is_satisfied():
            if self.strength == REQUIRED:
                raise ValueError("could not satisfy a required constraint")
            return None
        for variable in self.inputs():
            variable.mark = mark
        out = self.output()
        displaced = out.determined_by
        if displaced is not None:
            displaced.forget()
        out.determined_by = self
        planner.propagate(self, mark)
        out.mark = mark
        return displaced

    def output_strength(self):
        return self.strength

    def inputs_known(self, mark):
        return all(v.mark == mark or v.stay or v.determined_by is None for v in self.inputs())

    def recalculate(self):
        out = self.output()
        out.strength = self.output_strength()
        out.stay = not self.is_input and all(v.stay for v in self.inputs())
        if out.stay:
            self.execute()


class UnaryConstraint(Constraint):
    def __init__(self, variable, strength, planner):
        super().__init__(strength)
        self.variable = variable
        self.satisfied = False
        self.add_to(planner)

    def variables(self):
        return (self.variable,)

    def inputs(self):
        return ()

    def output(self):
        return self.variable

    def is_satisfied(self):
        return self.satisfied

    def forget(self):
        self.satisfied = False

    def choose_method(self, mark):
        self.satisfied = self.variable.mark != mark and self.strength < self.variable.strength

    def execute(self):
        pass


class Stay(UnaryConstraint):
    """The variable keeps its value."""


class Edit(UnaryConstraint):
    """The variable's value comes from outside."""

    is_input = True


class BinaryConstraint(Constraint):
    """Relates two variables; `target` is the one it determines, or None while it is not enforced."""

    def __init__(self, first, second, strength, planner):
        super().__init__(strength)
        self.first = first
        self.second = second
        self.target = None
        self.add_to(planner)

    def variables(self):
        return (self.first, self.second)

    def is_satisfied(self):
        return self.target is not None

    def forget(self):
        self.target = None

    def source(self):
        return self.first if self.target is self.second else self.second

    def inputs(self):
        return (self.source(),)

    def output(self):
        return self.target

    def output_strength(self):
        """A path is as strong as its weakest part; a larger number is a weaker strength."""
        return max(self.strength, self.source().strength)

    def can_determine(self, variable):
        return self.strength < variable.strength

    def choose_method(self, mark):
        first, second = self.first, self.second
        self.target = None
        if first.mark == mark:
            if second.mark != mark and self.can_determine(second):
                self.target = second
        elif second.mark == mark:
            if self.can_determine(first):
                self.target = first
        elif first.strength > second.strength:
            if self.can_determine(first):
                self.target = first
        elif self.can_determine(second):
            self.target = second


class Equality(BinaryConstraint):
    def execute(self):
        self.target.value = self.source().value


class Linear(BinaryConstraint):
    """second == first * scale + offset, where scale and offset are variables too."""

    def __init__(self, first, scale, offset, second, strength, planner):
        self.scale = scale
        self.offset = offset
        super().__init__(first, second, strength, planner)

    def variables(self):
        return (self.first, self.second, self.scale, self.offset)

    def inputs(self):
        return (self.source(), self.scale, self.offset)

    def execute(self):
        if self.target is self.second:
            self.second.value = self.first.value * self.scale.value + self.offset.value
        else:
            self.first.value = (self.second.value - self.offset.value) // self.scale.value


class Planner:
    def __init__(self):
        self.current_mark = 0

    def new_mark(self):
        self.current_mark += 1
        return self.current_mark

    def add(self, constraint):
        mark = self.new_mark()
        while constraint is not None:
            constraint = constraint.satisfy(mark, self)

    def remove(self, constraint):
        out = constraint.output()
        constraint.forget()
        constraint.detach()
        unsatisfied = self.release_downstream(out)
        for strength in range(REQUIRED, WEAKEST + 1):
            for candidate in unsatisfied:
                if candidate.strength == strength:
                    self.add(candidate)

    def release_downstream(self, variable):
        variable.determined_by = None
        variable.strength = WEAKEST
        variable.stay = True
        unsatisfied = []
        pending = [variable]
        while pending:
            current = pending.pop()
            for constraint in current.constraints:
                if not constraint.is_satisfied():
                    unsatisfied.append(constraint)
            for constraint in self.consumers(current):
                constraint.recalculate()
                pending.append(constraint.output())
        return unsatisfied

    def consumers(self, variable):
        """The enforced constraints that read `variable`."""
        decider = variable.determined_by
        return [c for c in variable.constraints if c is not decider and c.is_satisfied()]

    def propagate(self, constraint, mark):
        pending = [constraint]
        while pending:
            current = pending.pop()
            out = current.output()
            if out.mark == mark:
                raise ValueError("cycle of constraints")
            current.recalculate()
            pending.extend(self.consumers(out))

    def plan_from(self, sources):
        """The constraints to execute, in order, when the inputs `sources` change."""
        mark = self.new_mark()
        plan = []
        pending = [c for c in sources if c.is_input and c.is_satisfied()]
        while pending:
            constraint = pending.pop()
            out = constraint.output()
            if out.mark != mark and constraint.inputs_known(mark):
                plan.append(constraint)
                out.mark = mark
                pending.extend(self.consumers(out))
        return plan


def change(planner, variable, values):
    """Edit `variable` through all `values`, keeping every dependent variable up to date."""
    edit = Edit(variable, PREFERRED, planner)
    plan = planner.plan_from([edit])
    for value in values:
        variable.value = value
        for constraint in plan:
            constraint.execute()
    edit.remove_from(planner)


def chain_test(length):
    """A chain of equalities with a stay at its end: the edited head must arrive at the tail."""
    planner = Planner()
    chain = [Variable(f"v{i}") for i in range(length)]
    for left, right in zip(chain, chain[1:]):
        Equality(left, right, REQUIRED, planner)
    Stay(chain[-1], WEAK, planner)
    total = 0
    for start in range(0, 100, 20):
        change(planner, chain[0], range(start, start + 20))
        total += chain[-1].value
    return total


def projection_test(count):
    """Many independent linear projections sharing scale and offset, edited from every side."""
    planner = Planner()
    scale, offset = Variable("scale", 10), Variable("offset", 1000)
    sources, images = [], []
    for i in range(count):
        sources.append(Variable(f"source{i}", i))
        images.append(Variable(f"image{i}", i))
        Stay(sources[-1], NORMAL, planner)
        Linear(sources[-1], scale, offset, images[-1], REQUIRED, planner)
    change(planner, sources[0], [17])
    total = images[0].value
    change(planner, images[1], [1050])
    total += sources[1].value
    change(planner, scale, [5])
    change(planner, offset, [2000])
    for image in images:
        total += image.value
    return total


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    for number in range(rounds):
        print(number, chain_test(700), projection_test(700), flush=True)


if __name__ == "__main__":
    main()
