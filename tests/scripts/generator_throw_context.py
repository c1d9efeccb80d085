# The context of an exception that is thrown into a generator is what the generator handles, not what its caller handles;
# what comes out of an inner generator keeps its context.


def chain(error):
    names = []
    while error is not None:
        names.append(repr(error))
        error = error.__context__
    return " <- ".join(names)


def plain():
    yield 1


def handling():
    try:
        raise OSError(1)
    except OSError:
        yield 1


def delegating():
    yield from handling()


def failing():
    try:
        yield 1
    finally:
        [][0]


def delegating_to_failing():
    yield from failing()


async def coroutine():
    try:
        raise OSError(1)
    except OSError:
        await Awaited()


class Awaited:
    def __await__(self):
        yield 1


def attempt(make, end):
    generator = make()
    generator.send(None)
    try:
        1 // 0
    except ZeroDivisionError:
        try:
            end(generator)
        except BaseException as error:
            print(make.__name__, chain(error))
        else:
            print(make.__name__, "ends")


for make in (plain, handling, delegating, failing, delegating_to_failing, coroutine):
    attempt(make, lambda generator: generator.throw(KeyError(2)))
    attempt(make, lambda generator: generator.close())
# expect: plain KeyError(2)
# expect: plain ends
# expect: handling KeyError(2) <- OSError(1)
# expect: handling ends
# expect: delegating KeyError(2) <- OSError(1)
# expect: delegating ends
# expect: failing IndexError('list index out of range') <- KeyError(2)
# expect: failing IndexError('list index out of range') <- GeneratorExit() <- ZeroDivisionError('division by zero')
# expect: delegating_to_failing IndexError('list index out of range') <- KeyError(2)
# expect: delegating_to_failing IndexError('list index out of range') <- GeneratorExit() <- ZeroDivisionError('division by zero')
# expect: coroutine KeyError(2) <- OSError(1)
# expect: coroutine ends
