# _asyncio: futures and tasks under a loop that only notes what it is to call; errors; tasks of several kinds; the set of all tasks.
import _asyncio
import asyncio
import gc
from _asyncio import Future, Task


def show(function, *args, **kwargs):
    try:
        print(function(*args, **kwargs))
    except BaseException as error:
        print(type(error).__name__, error)


class Loop:
    def __init__(self):
        self.ready = []

    def __repr__(self):
        return "Loop()"

    def get_debug(self):
        return False

    def is_running(self):
        return True

    def call_soon(self, callback, *args, context=None):
        self.ready.append((callback, args))

    def call_exception_handler(self, context):
        print("handler:", context["message"])

    def step(self):
        callback, args = self.ready.pop(0)
        return callback(*args)


loop = Loop()
print(asyncio.Task is Task, asyncio.Future is Future, Task.__base__ is Future)
# expect: True True True
show(_asyncio._enter_task, loop, 1)
# expect: RuntimeError loop Loop() is not the running loop
show(_asyncio.get_running_loop)
# expect: RuntimeError no running event loop
_asyncio._set_running_loop(loop)
show(_asyncio._enter_task, loop, "a")
# expect: None
show(_asyncio._enter_task, loop, "b")
# expect: RuntimeError Cannot enter into task 'b' while another task 'a' is being executed.
show(_asyncio._leave_task, loop, "b")
# expect: RuntimeError Invalid attempt to leave task 'b' while task 'a' is entered.
show(_asyncio._swap_current_task, loop, None)
# expect: a
show(_asyncio.current_task)
# expect: None

future = Future(loop=loop)
show(future.result)
# expect: InvalidStateError Result is not set.
show(future.exception)
# expect: InvalidStateError Exception is not set.
show(future.set_exception, 1)
# expect: TypeError invalid exception object
show(future.set_exception, StopIteration(3))
# expect: None
show(future.set_result, 1)
# expect: InvalidStateError invalid state
show(future.result)
# expect: RuntimeError StopIteration interacts badly with generators and cannot be raised into a Future
future = Future(loop=loop)
show(future.cancel, "why")
# expect: True
show(future.cancel)
# expect: False
show(future.result)
# expect: CancelledError why
show(Future, 1)
# expect: TypeError Future() takes no positional arguments
show(Task)
# expect: TypeError Task() missing required argument 'coro' (pos 1)
show(Task, 1, loop=loop)
# expect: TypeError a coroutine was expected, got 1
show(Future.__new__(Future).set_result, 1)
# expect: RuntimeError Future object is not initialized.

future = Future(loop=loop)
iterator = iter(future)
print(next(iterator) is future)
# expect: True
show(next, iterator)
# expect: RuntimeError await wasn't used with future
for callback in "first", "second", "first", "third":
    future.add_done_callback(callback, context=None)
print(future.remove_done_callback("first"), future._callbacks)
# expect: 2 [('second', None), ('third', None)]
future.set_result(9)
print([callback for callback, _ in loop.ready])
# expect: ['second', 'third']
loop.ready.clear()
show(next, iterator)
# expect: StopIteration 9


class Yields:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        return (yield self.value)


async def awaits(value):
    return await value


def run(value):
    task = Task(awaits(value), loop=loop, name="T")
    while loop.ready:
        loop.step()
    return task


print(run(Yields(None)).done())
# expect: True
print(run(Yields(3)).exception())
# expect: Task got bad yield: 3
print(str(run(Yields(Future(loop=loop))).exception())[:40])
# expect: yield was used instead of yield from in 
print(str(run(Future(loop=Loop())).exception())[-54:])
# expect: t Future <Future pending> attached to a different loop
task = run(future := Future(loop=loop))
print(task._fut_waiter is future, future._callbacks[0][0].__qualname__, future._asyncio_awaited_by == {task})
# expect: True Task.task_wakeup True
print(task in _asyncio.all_tasks(), len(_asyncio.all_tasks()))
# expect: True 1
print(task.cancel("stop"), task.cancelling(), future.cancelled())
# expect: True 1 True
while loop.ready:
    loop.step()
show(task.result)
# expect: CancelledError stop
print(task in _asyncio.all_tasks(), task.uncancel())
# expect: False 0


async def leaves():
    raise SystemExit(4)


task = Task(leaves(), loop=loop)
show(loop.step)
# expect: SystemExit 4
print(repr(task.exception()))
# expect: SystemExit(4)
task = Task(awaits(Yields(None)), loop=loop, eager_start=True)
print(task.done(), task in _asyncio.all_tasks())
# expect: False True
loop.step()
done = Future(loop=loop)
done.set_result(5)
task = Task(awaits(done), loop=loop, eager_start=True)
print(task.result(), task._coro)
# expect: 5 None


def forget_futures():
    Future(loop=loop).set_exception(ValueError("unseen"))
    seen = Future(loop=loop)
    seen.set_exception(ValueError("seen"))
    seen.exception()


def forget_task():
    Task(awaits(Future(loop=loop)), loop=loop)
    loop.step()


def deep(n, forget):
    return deep(n - 1, forget) if n else forget()


deep(30, forget_futures)
gc.collect()
# expect: handler: Future exception was never retrieved
deep(30, forget_task)
gc.collect()
# expect: handler: Task was destroyed but it is pending!
_asyncio._set_running_loop(None)


async def main():
    async def child(n):
        await asyncio.sleep(0)
        return n * n

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(child(n), name=f"child {n}") for n in range(5)]
    print([t.result() for t in tasks], tasks[0].get_name())
    print(await asyncio.gather(*(child(n) for n in range(3)), return_exceptions=True))
    try:
        await asyncio.wait_for(asyncio.sleep(10), 0.001)
    except TimeoutError as error:
        print(repr(error), repr(error.__cause__))
    print(len(asyncio.all_tasks()), asyncio.current_task() in asyncio.all_tasks())


asyncio.run(main())
# expect: [0, 1, 4, 9, 16] child 0
# expect: [0, 1, 4]
# expect: TimeoutError() CancelledError()
# expect: 1 True
