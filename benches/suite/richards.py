"""A small operating system's scheduler: tasks with queues of packets, dispatched through virtual methods."""

import sys

IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = range(6)
KIND_DEVICE, KIND_WORK = 0, 1
BUFFER_SIZE = 4
IDLE_TICKS = 10_000


class Packet:
    def __init__(self, link, owner, kind):
        self.link = link
        self.owner = owner
        self.kind = kind
        self.datum = 0
        self.data = [0] * BUFFER_SIZE

    def append_to(self, queue):
        """Put this packet at the end of `queue` (a linked list) and return the new head."""
        self.link = None
        if queue is None:
            return self
        last = queue
        while last.link is not None:
            last = last.link
        last.link = self
        return queue


class Task:
    """A schedulable task; subclasses say in `step` what one run does and which task runs next."""

    def __init__(self, scheduler, identity, priority, queue):
        self.scheduler = scheduler
        self.identity = identity
        self.priority = priority
        self.queue = queue
        self.has_packet = queue is not None
        self.is_waiting = queue is None
        self.is_held = False
        self.next_task = None
        scheduler.add(self)

    def is_blocked(self):
        return self.is_held or (self.is_waiting and not self.has_packet)

    def run(self):
        packet = None
        if self.is_waiting and self.has_packet:
            packet = self.queue
            self.queue = packet.link
            self.is_waiting = False
            self.has_packet = self.queue is not None
        return self.step(packet)

    def wait(self):
        self.is_waiting = True
        return self

    def hold(self):
        self.scheduler.held += 1
        self.is_held = True
        return self.next_task

    def release(self, identity):
        task = self.scheduler.find(identity)
        task.is_held = False
        return task if task.priority > self.priority else self

    def send(self, identity, packet):
        """Hand `packet` to another task; return whichever of the two should run now."""
        task = self.scheduler.find(identity)
        self.scheduler.sent += 1
        packet.owner = self.identity
        was_empty = task.queue is None
        task.queue = packet.append_to(task.queue)
        if was_empty:
            task.has_packet = True
            if task.priority > self.priority:
                return task
        return self

    def step(self, packet):
        raise NotImplementedError


class IdleTask(Task):
    """Releases one of the two devices a tick, chosen by a shift register."""

    def __init__(self, scheduler, identity, priority):
        super().__init__(scheduler, identity, priority, None)
        self.is_waiting = False
        self.register = 1
        self.ticks = IDLE_TICKS

    def step(self, packet):
        self.ticks -= 1
        if self.ticks == 0:
            return self.hold()
        if self.register & 1:
            self.register = (self.register >> 1) ^ 0xD008
            return self.release(DEVICE_B)
        self.register >>= 1
        return self.release(DEVICE_A)


class WorkTask(Task):
    """Fills packets with letters and sends them to the handlers in turn."""

    def __init__(self, scheduler, identity, priority, queue):
        super().__init__(scheduler, identity, priority, queue)
        self.destination = HANDLER_A
        self.letter = 0

    def step(self, packet):
        if packet is None:
            return self.wait()
        self.destination = HANDLER_B if self.destination == HANDLER_A else HANDLER_A
        packet.datum = 0
        for position in range(BUFFER_SIZE):
            self.letter = self.letter + 1 if self.letter < 26 else 1
            packet.data[position] = ord("A") + self.letter - 1
        return self.send(self.destination, packet)


class HandlerTask(Task):
    """Passes the letters of work packets, one each, to its device in device packets."""

    def __init__(self, scheduler, identity, priority, queue, device):
        super().__init__(scheduler, identity, priority, queue)
        self.device = device
        self.work_in = None
        self.device_in = None

    def step(self, packet):
        if packet is not None:
            if packet.kind == KIND_WORK:
                self.work_in = packet.append_to(self.work_in)
            else:
                self.device_in = packet.append_to(self.device_in)
        work = self.work_in
        if work is not None:
            if work.datum >= BUFFER_SIZE:
                self.work_in = work.link
                return self.send(WORKER, work)
            if self.device_in is not None:
                carrier = self.device_in
                self.device_in = carrier.link
                carrier.datum = work.data[work.datum]
                work.datum += 1
                return self.send(self.device, carrier)
        return self.wait()


class DeviceTask(Task):
    """Holds itself for each packet until the idle task releases it, then returns the packet."""

    def __init__(self, scheduler, identity, priority, handler):
        super().__init__(scheduler, identity, priority, None)
        self.handler = handler
        self.pending = None

    def step(self, packet):
        if packet is not None:
            self.pending = packet
            self.scheduler.transferred += packet.datum
            return self.hold()
        if self.pending is None:
            return self.wait()
        packet, self.pending = self.pending, None
        return self.send(self.handler, packet)


class Scheduler:
    def __init__(self):
        self.first = None
        self.table = {}
        self.held = 0
        self.sent = 0
        self.transferred = 0

    def add(self, task):
        task.next_task = self.first
        self.first = task
        self.table[task.identity] = task

    def find(self, identity):
        return self.table[identity]

    def run(self):
        task = self.first
        while task is not None:
            if task.is_blocked():
                task = task.next_task
            else:
                task = task.run()


def packets(count, owner, kind):
    queue = None
    for _ in range(count):
        queue = Packet(queue, owner, kind)
    return queue


def simulate():
    scheduler = Scheduler()
    IdleTask(scheduler, IDLE, 0)
    WorkTask(scheduler, WORKER, 1000, packets(2, WORKER, KIND_WORK))
    HandlerTask(scheduler, HANDLER_A, 2000, packets(3, DEVICE_A, KIND_DEVICE), DEVICE_A)
    HandlerTask(scheduler, HANDLER_B, 3000, packets(3, DEVICE_B, KIND_DEVICE), DEVICE_B)
    DeviceTask(scheduler, DEVICE_A, 4000, HANDLER_A)
    DeviceTask(scheduler, DEVICE_B, 5000, HANDLER_B)
    scheduler.run()
    return scheduler


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    for number in range(rounds):
        result = simulate()
        print(number, result.sent, result.held, result.transferred, flush=True)


if __name__ == "__main__":
    main()
