"""Templates for what random statements seldom build: classes, generators, coroutines, groups, threads.

In a template `@int@` is an expression of that type (`@int0@` an atom), `@[one¦two]@` a choice, and `$` a number that
makes names unique in the program. A template is the text of one chunk; the program prints its exception if it raises.
"""
import re

HOLE = re.compile(r"@(int|float|complex|str|bytes|bool|list|strs|tuple|dict|set|any)(\d?)@|@\[(.*?)\]@")

TEMPLATES = []


def template(text):
    """Adds a template."""
    TEMPLATES.append(text.strip("\n"))


template("""
class A$:
    kind = @any0@
    def __init__(self, x, y=@any0@):
        self.x = x
        @[self.y = y¦self.z = y¦self.x, self.y = y, x¦pass]@
    def __add__(self, o): @[return ('add', self.x, o)¦return NotImplemented¦return A$(self.x + getattr(o, 'x', 1))]@
    def __radd__(self, o): return ('radd', o)
    @[def __iadd__(self, o):¦def __imul__(self, o):]@
        self.x = (self.x, @int0@)
        return self
    def __eq__(self, o): return @[self.x == getattr(o, 'x', o)¦NotImplemented¦self.kind]@
    def __lt__(self, o): @[return @bool0@¦return NotImplemented¦raise ValueError('lt')]@
    @[__hash__ = None¦def __hash__(self): return 3¦def __bool__(self): return @[True¦False¦1]@]@
    def __len__(self): return @[3¦-1¦0¦2**70¦'x']@
    def __getitem__(self, k): @[return (k, self.x)¦raise IndexError(k)¦return [1, 2, 3][k]]@
    def __setitem__(self, k, v): show('set', k, v)
    def __delitem__(self, k): show('del', k)
    def __contains__(self, k): return @any0@
    def __call__(self, *a, **k): return (a, k)
    def __repr__(self): return @['A$!'¦f'A$({self.x!r:.20})'¦'A$<' + str(self.kind) + '>']@
    @[def __getattr__(self, n): return 'got ' + n¦def __getattribute__(self, n): return object.__getattribute__(self, n)¦def __index__(self): return 2]@
class B$(A$):
    @[def __init__(self, *a): super().__init__(*a); self.w = @any0@¦def __init__(self): self.q = 1¦extra = 1]@
    def __add__(self, o):
        r = super().__add__(o)
        return ('B', r)
    @[def __matmul__(self, o): return @any0@¦def __radd__(self, o): return ('Br', type(o).__name__)¦def __neg__(self): return @any0@¦def __pow__(self, o, m=None): return (o, m)]@
for make in (lambda: A$(@any@), lambda: B$(@any@), lambda: A$(1, y=@any0@), lambda: B$()):
    try:
        o = make()
        show(o)
        @[show(o + 1, 1 + o)¦show(o + o)¦show(A$(1) + o, o + A$(2))¦o += 2; show(o, o.x)¦o *= 2; show(o)]@
        @[show(o == 1, o != 1, o < 2, o > o)¦show(sorted([o, o]))¦show(o < 1 < 2)¦show(max(o, o))]@
        @[show(len(o))¦show(bool(o))¦show({o: 1})¦show(list(o)[:3] if 0 else 1)¦show(o[1], o[1:2], o[1:2, ...])]@
        @[o[@int@] = @any@; del o[0]¦o.new = @any@; show(o.new, vars(o))¦show(o(1, *[2], k=3, **{'z': 4}))¦show(3 in o)]@
        @[show(o.missing)¦show(o.y)¦show(o @ 1)¦show(-o)¦show(o ** 2, pow(o, 2, 3))¦show([1, 2, 3][o])¦del o.x; show(o)]@
        show(hasattr(o, 'w'), getattr(o, 'z', None), type(o).__name__, isinstance(o, A$))
    except Exception as err:
        error(err)
""")
template("""
class P$:
    def __init__(self): self._v = @int@
    @property
    def v(self):
        show('get')
        return self._v
    @[@v.setter¦@property¦@v.getter]@
    def v(self, value=0):
        @[self._v = value¦raise ValueError(value)¦return 5]@
    @staticmethod
    def st(a, b=@int@): return a + b
    @classmethod
    def cl(cls, *a): return (cls.__name__, a)
class Q$(P$):
    @[v = 3¦w = 1¦def v(self): return 4¦v = property(lambda self: super().v)]@
    @[def v(self): del self._v¦cl = 1¦pass]@
o = P$()
show(o.v)
for c in (P$, Q$):
    try:
        o = c()
        o.v = @int@
        show(o.v, o.st(1), c.st(1, 2), c.cl(1), o.cl())
        o.v += 1
        show(o.v)
        @[del o.v¦o.st()¦c.v = 3; show(o.v)¦del c.v¦o.cl(k=1)]@
        show(o.v)
    except Exception as err:
        error(err)
""".replace("@property", "¬property").replace("@v.", "¬v.").replace("@staticmethod", "¬staticmethod").replace("@classmethod", "¬classmethod"))
template("""
class S$:
    __slots__ = @[('a', 'b')¦['a']¦'a'¦('a', '__dict__')¦('a', 'b', 'c')¦()]@
    @[def __init__(self): self.a = @any@¦x = 1]@
class T$(S$):
    @[__slots__ = ('d',)¦pass¦__slots__ = ()]@
for c in (S$, T$):
    o = c()
    for n in 'abcd':
        try:
            setattr(o, n, @any@)
            show(n, getattr(o, n))
            @[delattr(o, n)¦o.a = 1¦del o.a¦show(o.a)]@
            show(getattr(o, n))
        except Exception as err:
            error(err)
""")
template("""
class D$:
    def __set_name__(self, owner, name): show('name', owner.__name__, name)
    def __get__(self, obj, cls): return ('get', obj is None, cls.__name__)
    @[def __set__(self, obj, v): show('set', v)¦def __delete__(self, obj): show('delete')¦def other(self): pass]@
class M$(type):
    def __new__(m, name, bases, ns, **k):
        show('new', name, sorted(n for n in ns if n[0] != '_'), k)
        return super().__new__(m, name, bases, ns)
    def __init__(cls, *a, **k): @[show('init')¦super().__init__(*a)]@
    @[def __call__(cls, *a): show('call'); return super().__call__(*a)¦def __getattr__(cls, n): return n * 2¦def __len__(cls): return 4¦def __instancecheck__(cls, o): return @bool0@¦def __or__(cls, o): return 'or']@
    @[def __prepare__(name, bases, **k): return {'pre': 1}¦__prepare__ = classmethod(lambda *a, **k: {'p': 2})¦pass]@
class X$:
    def __init_subclass__(cls, **k): show('sub', cls.__name__, k)
class C$(X$, metaclass=M$, @[flag=1¦k=@int0@]@):
    d = D$()
    @[def f(self): return __class__.__name__¦f = lambda self: self.d¦f = 3]@
o = C$()
show(C$.d, o.d)
@[o.d = 5¦o.d = @any@; show(o.d)¦del o.d¦C$.d = 7; show(o.d)¦o.__dict__['d'] = 9; show(o.d)]@
show(o.f)
@[show(C$.zz)¦show(len(C$))¦show(isinstance(3, C$))¦show(C$ | int)¦show(o.f())¦show([b.__name__ for b in C$.__mro__])]@
""")
template("""
class L$: 
    def f(self): return ['L']
class N$(L$):
    def f(self): return ['N'] + super().f()
class O$(L$):
    def f(self): return ['O'] + @[super().f()¦super(O$, self).f()¦L$.f(self)¦[]]@
class R$(@[N$, O$¦O$, N$¦L$, N$¦N$, L$¦N$¦O$, object]@):
    def f(self): return ['R'] + super().f()
    @[pass¦f2 = f¦def g(self): return [super().f() for _ in range(2)]]@
show(R$().f(), [c.__name__ for c in R$.__mro__])
@[R$.f = lambda self: 1¦N$.f = lambda self: ['new']¦R$.__bases__ = (O$,)¦del R$.f¦show(R$().g())¦L$.h = @any0@]@
show(R$().f())
""")
template("""
def gen$(n):
    show('start')
    try:
        for i in range(n):
            try:
                got = yield (i, @any0@)
                show('got', got)
                @[if got == 2: return 'early'¦if got: raise KeyError(got)¦pass]@
            except @[ValueError¦(ValueError, TypeError)¦LookupError¦GeneratorExit]@ as err:
                show('caught', err)
                @[yield 'after'¦continue¦break¦raise¦return 7¦raise RuntimeError('x') from err]@
            finally:
                show('inner finally')
    finally:
        show('finally')
        @[yield 'late'¦pass¦show(@any@)]@
    return @any@
def outer$(n):
    r = yield from @[held(gen$(n))¦[1, 2, 3]¦held(gen$(n))¦range(n)¦iter('ab')¦@any0@]@
    show('result', r)
    return r
for make in (gen$, outer$):
    g = held(make(@[3¦2¦0¦1]@))
    for step in (@[None, 1, 2¦None, 'v', None, None, 0¦None, 0, 'v', 't', None¦5, None, 'c', None¦'v', None¦None, 't', 'x', None¦None, 'c', 0¦'c', None]@):
        try:
            if step == 'v': show(g.throw(ValueError('thrown')))
            elif step == 't': show(g.throw(@[TypeError¦KeyError('k')¦StopIteration(3)¦GeneratorExit¦5]@))
            elif step == 'c': show(g.close())
            elif step is None: show(next(g))
            else: show(g.send(step))
        except BaseException as err:
            error(err)
    show(list(g) if @bool0@ else 0)
""")
template("""
class Wait$:
    def __init__(self, n): self.n = n
    def __await__(self):
        for i in range(self.n):
            r = yield ('wait', i)
            show('resumed', r)
        return self.n * 10
async def agen$(n):
    try:
        for i in range(n):
            @[await Wait$(1)¦pass]@
            r = yield i
            show('agen', r)
    finally:
        show('agen done')
        @[await Wait$(1)¦pass]@
class Man$:
    async def __aenter__(self):
        await Wait$(1)
        return @any@
    async def __aexit__(self, k, v, t):
        show('aexit', k, v)
        return @[True¦False¦await Wait$(1)]@
async def main$(n):
    total = @int0@
    async with Man$() as m:
        show(m)
        total += await Wait$(n)
        @[raise ValueError('in')¦pass¦show(@any@)]@
    async for x in held(agen$(n)):
        total += x
        @[if x == 1: break¦if x: continue¦pass¦if x: raise KeyError(x)]@
    else:
        show('else')
    show([x async for x in held(agen$(2)) if x], {x: await Wait$(0) async for x in held(agen$(1))})
    @[await 3¦return await held(inner$(n))¦return total¦async for q in [1]: pass¦async with 3: pass]@
async def inner$(n):
    show(sum([await Wait$(k) for k in range(n)]))
    return @any@
co = held(main$(@[0¦1¦3]@))
value = None
for step in range(60):
    try:
        @[show(co.send(value))¦show(co.throw(ValueError('t')) if step == 3 else co.send(value))¦show(co.send(None))¦co.close() if step == 4 else show(co.send(None))]@
    except StopIteration as err:
        show('done', err.value)
        break
    except BaseException as err:
        error(err)
        break
    value = step
co.close()
ag = held(agen$(3))
async def drive$():
    show(await ag.asend(None), await ag.asend(@any0@))
    @[show(await ag.athrow(ValueError('a')))¦await ag.aclose()¦show(await anext(ag, 'end'), await anext(ag, 'end'))¦pass]@
    await ag.aclose()
    show(await anext(ag, 'default'))
co = held(drive$())
for step in range(20):
    try:
        show(co.send(None))
    except BaseException as err:
        error(err)
        break
""")
template("""
def boom$(k):
    if k == 0: raise ValueError('v', @any0@)
    if k == 1: raise ExceptionGroup('g', [ValueError(1), TypeError(2), ExceptionGroup('n', [ValueError(3), KeyError('k')])])
    if k == 2: return 1 // 0
    if k == 3: raise BaseExceptionGroup('b', [@[KeyboardInterrupt()¦ValueError()¦GeneratorExit(1)]@, OSError(2, 'no')])
    if k == 4: raise @[KeyError¦StopIteration(1)¦AssertionError¦3¦None¦Exception('a') from 3]@
    return k
for k in range(6):
    try:
        try:
            show(boom$(k))
        except* @[ValueError¦(ValueError, KeyError)¦OSError¦ExceptionGroup]@ as eg:
            error(eg)
            @[raise¦raise KeyError('new')¦pass¦raise RuntimeError from eg¦show(eg.exceptions)]@
        except* @[TypeError¦Exception¦LookupError¦ArithmeticError]@ as eg:
            show('second', eg)
            @[raise¦pass¦show(eg.split(ValueError))¦show(eg.subgroup(lambda e: isinstance(e, TypeError)))]@
        else:
            show('else')
        finally:
            show('finally')
    except BaseException as err:
        error(err)
        show(type(err.__context__), type(err.__cause__))
""")
template("""
def flow$(n):
    for i in range(3):
        try:
            show('try', i)
            @[if i == n: break¦if i == n: continue¦if i == n: return 'r'¦if i == n: raise ValueError(i)¦if i == n: 1 / 0¦pass]@
            try:
                @[if i == 1: raise KeyError(i)¦if i == 2: return i¦pass¦if i: continue]@
            @[except KeyError: show('key')¦finally: show('f1')¦except LookupError as e: raise TypeError(e)¦except KeyError: @[break¦raise¦continue]@]@
        except (ValueError, ZeroDivisionError) as err:
            error(err)
            @[raise¦return err¦continue¦break¦raise OSError(1) from err¦del err¦pass]@
        except TypeError:
            @[raise RuntimeError('again')¦show('type')¦raise¦return 't']@
        else:
            @[show('else')¦if i == 1: break¦if i == 1: return 'else'¦raise LookupError('l')]@
        finally:
            show('finally', i)
    else:
        return 'for-else'
    return 'end'
for n in range(4):
    try:
        show(flow$(n))
    except Exception as err:
        error(err)
""")
template("""
def deco$(*args):
    show('deco', args)
    def wrap(f):
        def inner(*a, **k):
            return (args, f(*a, **k))
        inner.__name__ = getattr(f, '__name__', 'none')
        return inner
    return wrap
¬deco$(@any@)
¬deco$(@int@, *@list@)
def target$(a, b=@any0@, *c, d=@any0@, **e):
    return (a, b, c, d, e)
for call in (lambda: target$(1), lambda: target$(1, 2, 3, d=4, z=5), lambda: target$(*@list@), lambda: target$(**@dict@), lambda: target$(1, a=2),
             lambda: target$(*@tuple@, **{'d': 1}, **{@[ 'd'¦'q']@: 2}), lambda: target$(d=1), lambda: target$(*@any@), lambda: target$(1, **@any0@)):
    try:
        show(call())
    except Exception as err:
        error(err)
def plain$(a, /, b, *, c=@any0@): return (a, b, c)
for call in (lambda: plain$(1, 2, 3), lambda: plain$(1), lambda: plain$(1, 2, d=3), lambda: plain$(a=1, b=2), lambda: plain$(1, b=2, c=3), lambda: plain$(),
             lambda: plain$(1, 2, **{'c': @any@}), lambda: plain$(*range(@int0@ % 5)), lambda: plain$(1, 2, cc=1), lambda: plain$(1, 2, b=1)):
    try:
        show(call())
    except Exception as err:
        error(err)
""")
template("""
def gener$[T, *U, **V](a: T, b: @[undefined$¦int¦list[T]]@ = @any0@) -> @[T¦'str'¦nope$]@:
    x: T = a
    return x
class Box$[T: @[int¦(int, str)¦object]@ = @[int¦str]@]:
    item: T
    @[other: undefined$ = 3¦def get(self) -> T: return self.item¦method = 1]@
    class In$: y = @any0@
type Alias$[K] = @[dict[K, int]¦list[K]¦Box$[K]¦undefined$]@
show(gener$(@any@), gener$.__type_params__, Box$.__type_params__, Box$.__parameters__, Alias$.__name__)
for look in (lambda: gener$.__annotations__, lambda: Box$.__annotations__, lambda: Alias$.__value__, lambda: Box$[int], lambda: Box$.__type_params__[0].__bound__,
             lambda: Alias$[str], lambda: Box$.__type_params__[0].__default__, lambda: gener$.__annotate__(1).keys(), lambda: Box$.__type_params__[0].__constraints__,
             lambda: Box$.__orig_bases__, lambda: gener$.__qualname__ + Box$.In$.__qualname__):
    try:
        show(look())
    except Exception as err:
        error(err)
""")
template("""
import threading
out$ = []
def work$(n):
    t = 0
    for i in range(n):
        t += i * @int0@
        if i % 7 == 3: t = clip(t)
    out$.append((n, t))
    @[pass¦raise SystemExit¦out$.append((0, 0))]@
ts = [threading.Thread(target=work$, args=(k * 20,)) for k in range(3)]
for t in ts: t.start()
for t in ts: t.join()
show(sorted(out$))
""")
template("""
def shape$(o):
    match o:
        case {'a': int(x), **rest} if x > @int0@: return ('map', x, rest)
        case [] | (): return 'empty'
        case [x]: return ('one', x)
        case [1, (2 | 3) as y, *rest]: return ('12', y, rest)
        case [Pt$(x, y=z), *_]: return ('pts', x, z)
        case Pt$(0, y) | Pt$(y, 0): return ('axis', y)
        case Pt$(x=x, y=y): return ('pt', x, y)
        case str() as s if len(s) @[<¦>¦==]@ 3: return ('str', s)
        case bool(b): return ('bool', b)
        case int(n) | float(n): return ('num', n)
        case None: return 'none'
        case Pt$.const: return 'const'
        case object(missing=m): return m
        @[case _: return 'other'¦case x: return ('x', x)¦case dict(): return 'd']@
class Pt$:
    __match_args__ = @[('x', 'y')¦('x',)¦['x', 'y']¦('x', 'nope')¦('x', 'y', 'z')]@
    const = 'cccc'
    def __init__(self, x, y): self.x, self.y = x, y
for o in (@any@, @any@, @tuple@, @dict@, @list@, Pt$(0, 1), Pt$(1, 0), Pt$(@any0@, 2), [Pt$(1, 2), 3], 'abc', 'cccc', None, True, {'a': 50, 'z': 1}, [1, 2], [1, 3, 4], (), b'x', range(1), Pt$):
    try:
        show(shape$(o))
    except Exception as err:
        error(err)
""")
template("""
def rec$(n, acc=@int0@):
    tick()
    if n <= 0: return acc
    @[return rec$(n - 1, clip(acc + n))¦return clip(acc * 3 + rec$(n - 2, acc))¦return n + rec$(n - 1)¦return rec$(n - 1) if n % 2 else rec$(n - 3, n)]@
show([rec$(k) for k in range(@[5¦12¦40]@)])
def fib$(n): return n if n < 2 else fib$(n - 1) + fib$(n - 2)
show(fib$(@[11¦13]@))
""")
template("""
def poly$(a, b): return a @[+¦-¦*¦//¦%¦<¦==¦<=¦/¦&¦**]@ b
def loop$(v, w, n):
    r = None
    for i in range(n):
        try:
            r = poly$(v, w)
        except Exception as err:
            r = str(err)
    return r
for v, w in ((3, 4), (@int@, @int@), (2.5, @float@), (@int@, @float@), (@any@, @any@), ('a', @any0@), ([1], @any0@), (True, @int@), (@int@, 0), (@bool@, @bool@), (2**62, 2**62), (-7, 2), (@int@, @int0@)):
    if type(w) is int: w = w % 500 if '**' == '@[+¦-]@**'[-2:] and abs(w) > 500 else w
    show(loop$(v, w, @[2¦300¦60]@))
""")
template("""
class V$:
    n = 0
    def __init__(self, i): self.i = i
    def get(self): return self.i
    def step(self, k):
        self.n += k
        return self.n
def run$(objs, n):
    t = 0
    for i in range(n):
        o = objs[i % len(objs)]
        t += o.get() @[+¦*¦-]@ o.step(i)
        t = clip(t)
        if i == @[5¦250¦40]@: @[V$.get = lambda self: 7¦objs[0].get = lambda: 100¦V$.n = 5¦objs.append(V$(1.5))¦V$.step = staticmethod(lambda k: k)¦del objs[0].i; objs[0].i = 3¦objs[0].__class__ = W$¦V$.i = property(lambda s: 9)¦objs[-1].extra = 1¦del V$.n¦objs[0].__dict__['i'] = 11]@
    return t
class W$(V$):
    def get(self): return super().get() + 1
show(run$([V$(@int0@), V$(2)], 300))
show(run$([V$(@float0@), W$(@int0@)], 300))
""")
template("""
g$ = @int@
def glob$():
    global g$, h$
    g$ = @any@
    h$ = @any@
    def inner():
        global g$
        g$ = (g$, @int0@)
        @[del h$¦h$ = 1¦pass]@
    inner()
    return g$
show(glob$(), g$)
show(h$)
def count$():
    n, log = @int0@, []
    def up(k=1):
        nonlocal n
        n += k
        log.append(lambda: n)
        return n
    def down():
        nonlocal n
        @[n -= 1¦del n¦n = None¦n = n * 2]@
        return up(@int0@)
    return up, down, log
up, down, log = count$()
show(up(), up(5))
try:
    show(down(), up())
except Exception as err:
    error(err)
for f in log[:3]:
    try:
        show(f())
    except Exception as err:
        error(err)
fs = [lambda: i for i in range(3)] + [lambda i=i: i for i in range(3)]
show([f() for f in fs])
class Body$:
    a = @any0@
    b = [a for _ in range(2)] if @bool0@ else a
    @[c = [x for x in range(3) if x]¦c = g$¦del a¦g$ = 1; c = g$]@
show(Body$.b, Body$.c)
""")
template("""
d = dict.fromkeys(range(@[3¦9¦20]@), @any@)
for k in (@int@, 1, @int0@, 2.0, True, 'x', (1, 2)):
    try:
        @[d[k] = k¦d.pop(k, None)¦del d[k]¦d.setdefault(k, []).append(1)¦d[k] += 1]@
    except Exception as err:
        error(err)
    show(d)
try:
    for k in d:
        @[d['new'] = 1¦del d[k]¦d[k] = 0¦d.clear()¦show(k)]@
except Exception as err:
    error(err)
show(d, list(reversed(d)), d.keys() & {1, 2, 3}, d.items() == d.items(), list(d.values())[:2])
@[d |= @dict@¦d = {**d, 'z': 1}¦d.update([('p', 1), ('q', 2)])¦d.update(@any@)]@
d.pop(next(iter(d))); d['last'] = 0; d['again'] = 1; del d['last']; d['last'] = 2
show(d, d.popitem(), len(d))
""")
template("""
class It$:
    def __init__(self, n): self.n = n
    def __iter__(self): return @[self¦iter([1, 2])¦5¦(x for x in 'ab')]@
    def __next__(self):
        self.n -= 1
        if self.n < 0: raise @[StopIteration¦StopIteration('v')¦ValueError('it')¦IndexError]@
        return self.n
    @[def __length_hint__(self): return @[3¦0]@¦def __reversed__(self): return 'rev'¦pass]@
for use in (list, tuple, sum, max, sorted, lambda i: [*i, 0], lambda i: dict(zip(i, 'abc')), lambda i: (lambda a, b: (a, b))(*i), lambda i: 1 in i,
            lambda i: [x for x in i if x], lambda i: list(map(str, i)), lambda i: list(enumerate(i, 3)), reversed, lambda i: ','.join(map(str, i)), lambda i: bytes(i), set,
            lambda i: list(zip(i, [1, 2], strict=True)), any, lambda i: next(i, 'd')):
    try:
        show(use(It$(@[2¦3¦0¦1]@)))
    except Exception as err:
        error(err)
def un$(v):
    a, b = v
    return (b, a)
def ux$(v):
    a, *b, c = v
    return (a, b, c)
for v in (It$(2), [1], [1, 2], (1, 2, 3), 'ab', {1: 2, 3: 4}, @any@, It$(5), range(3)):
    for f in (un$, ux$):
        try:
            show(f(v))
        except Exception as err:
            error(err)
""")
template("""
x = @any@
with_str = t'a{x!r:>5}b{1 + 1}{(@int@)}'
show(with_str.strings, with_str.values, with_str.interpolations[1].expression)
show(eval('@[1 + 2¦[i for i in (1, 2)]¦lambda: 0¦(y := 3)¦xx$ + 1]@'.replace('lambda: 0', '0')))
for code in ('1 +', 'def f(:', 'x = = 1', 'for', 'return 1', 'break', 'a b', '(1', 'class', "f'{'", 'del 1', 'nonlocal q', 'yield', '1 = x', 'f(a=1, 2)', 'lambda x, x: 0', 'import', 'x: int: 2', "'abc", 'if 1:', 'await z', 'def f(a, a): pass', 'None = 1', '*a', 'try: pass', '@[a.b() = 1¦with: pass¦else: 1¦a, b += 1¦print 3¦(yield) = 1¦continue¦global x; x¦def g(*): 0¦{**1 for x in y}¦[*x for x in y]¦0777¦1__0¦x = 08]@'):
    try:
        exec(code)
    except SyntaxError as err:
        show(code, err.msg, err.lineno, err.offset)
    except Exception as err:
        error(err)
""")
template("""
show('%s' % (@any@,), '%r|%5d|%-5d|%05d|%x' % (@str@, @int@, 1, -3, 255))
for spec in ('', '>10', '^9', '<8', '+d', '08.3f', ',', '_x', '#b', 'e', 'g', '.3', '%', 's', 'c', 'n', '010', '=+6', 'z.1f', '*^+12,.2f', ',d', '!', '.2d', '1000', '#.3g', '_', '.0f', 'E', '@[x<5¦>>5¦,.¦-,¦#x¦ ¦.¦,_]@'):
    for v in (@int@, @float@, @str@, @complex@, @bool@, @any0@, 12345.678, -0.0):
        try:
            show(spec, format(v, spec))
        except Exception as err:
            show(spec, err)
for f in ('%d', '%5.1f', '%s', '%c', '%x', '%e', '%i', '%+d', '%r', '%%', '%', '%z', '%(a)s', '%*d', '%.3s', '%#o', '%g'):
    try:
        show(f, f % (@any@,))
    except Exception as err:
        show(f, err)
""")
template("""
ops = [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b if not (isinstance(a, int) and isinstance(b, int) and (abs(a) > 2**300 or abs(b) > 2**300)) and not ((type(a) in (str, bytes, list, tuple) and not -9 < b < 9) if isinstance(b, int) else (type(b) in (str, bytes, list, tuple) and isinstance(a, int) and not -9 < a < 9)) else 0, lambda a, b: a / b, lambda a, b: a // b, lambda a, b: a % b if type(a) is not str else 0, lambda a, b: a & b, lambda a, b: a | b, lambda a, b: a ^ b,
       lambda a, b: a << (b & 70 if type(b) is int else b), lambda a, b: a >> b, lambda a, b: a < b, lambda a, b: a == b, lambda a, b: a @ b, lambda a, b: divmod(a, b), lambda a, b: a in b, lambda a, b: a[b], lambda a, b: a <= b, lambda a, b: a ** (b % 9 if type(b) is int else b)]
vals = [@any@, @any@, @int@, @float@, @str@, @list@, @bool@, @set@, @dict@, None, @bytes@, @tuple@, @complex@, 2**64, -1]
for i, f in enumerate(ops):
    for a in vals:
        for b in (vals[(i * 3 + @int0@) % 15], vals[(i + 5) % 15], @int@):
            try:
                show(i, f(a, b))
            except Exception as err:
                show(i, err)
""")
template("""
for f in (lambda v: v.nope, lambda v: v.nope(), lambda v: v(), lambda v: v[0], lambda v: v['a'], lambda v: len(v), lambda v: -v, lambda v: ~v, lambda v: [*v], lambda v: {**v}, lambda v: iter(v), lambda v: next(v),
          lambda v: int(v), lambda v: float(v), lambda v: complex(v), lambda v: abs(v), lambda v: v == v and hash(v) and 1, lambda v: sorted(v), lambda v: sum(v), lambda v: max(v), lambda v: bytes(v)[:9] if type(v) is not int else 0, lambda v: list(v), lambda v: dict(v), lambda v: set(v),
          lambda v: round(v), lambda v: divmod(v, 3), lambda v: ord(v), lambda v: chr(v), lambda v: bin(v), lambda v: isinstance(1, v), lambda v: issubclass(v, int), lambda v: v.append(1), lambda v: v.items(),
          lambda v: ''.join(v), lambda v: 'a' + v, lambda v: v + 'a', lambda v: 1 + v, lambda v: v * 'a', lambda v: [1, 2, 3][v], lambda v: 'abc'[v], lambda v: {}[v], lambda v: {v}, lambda v: (1, 2)[v:], lambda v: range(v) if type(v) is not int else 0,
          lambda v: setattr(v, 'a', 1), lambda v: delattr(v, 'a'), lambda v: v.__class__.__name__, lambda v: getattr(v, 'real'), lambda v: 'x'.split(v), lambda v: 'x'.replace('x', v), lambda v: type(v)(), lambda v: reversed(v), lambda v: super(v), lambda v: type('N', (v,), {}), lambda v: enumerate(v), lambda v: zip(v), lambda v: map(None, v), lambda v: open(v) if type(v) not in (int, bool, str, bytes) else 0, lambda v: exec(v) if type(v) not in (str, bytes) else 0):
    for v in (@[@any@, @any@, None, @int@¦@float@, @str@, (), len¦@list@, @bytes@, int, @complex@¦@dict@, @set@, 1.5, (x for x in [1])]@):
        try:
            show(f(v))
        except Exception as err:
            show(err)
""")
template("""
def walk$(n):
    total = 0
    while (k := n % 3) != 2 and n > 0:
        n -= 1
        total += k
        if total > @int0@: break
    else:
        total = -total
    return total, n, k
show([walk$(q) for q in range(8)])
a = b = c = @list@
a += [1]
show(a is b, b)
t = ([1], @int0@)
try:
    t[0] += [2]
except TypeError as err:
    error(err)
show(t)
i = 0
l = [0, 0, 0]
i, l[i] = 1, 9
l[i], i = 8, 2
show(i, l, @[l[::-1]¦l[-2:]¦l[5:1]¦l[True]]@)
assert @bool@, @any@
""")

template("""
from sys import maxsize as big$
from math import @[pi¦gcd, lcm¦*¦inf as e$¦nothing$]@
def jumps$(a, b):
    out = []
    if a < b or a == 3: out.append(1)
    if a <= b or a != 3: out.append(2)
    if a > b or a >= @int0@: out.append(3)
    if a != b or a <= 9: out.append(4)
    if a >= b or a < 5: out.append(5)
    if a >= 7 or a == b: out.append(8)
    if a <= -3 or a != 4 or b: out.append(9)
    if a == b or a > 5: out.append(6)
    if not (a < b and a == 1 and a > b): out.append(7)
    while a < b or a == 4 or a != a:
        a += 1
        if a >= b or len(out) > 50: break
        out.append(a)
    return out
for a, b in ((1, 4), (@int@, @int@), (2.5, @float@), (@any@, @any@), ('a', 'b'), (4, 4), (float('nan'), 1)):
    try:
        show(jumps$(a, b))
    except Exception as err:
        error(err)
class Scope$:
    big = @any0@
    type inner[T] = (big, T, big$)
    def method[U: (big, int)](self, x: big$ = big) -> inner: return x
show(Scope$.inner.__value__, Scope$.method.__type_params__[0].__constraints__, Scope$.method.__annotations__, Scope$().method())
""")


class Features:
    """The part of the generator that fills templates."""

    def fill(self, text):
        """A template's text with its holes filled, choices first and inside out."""
        for _ in range(3):
            text = re.sub(r"@\[((?:(?!@\[).)*?)\]@", lambda hole: self.pick(hole[1].split("¦")), text)
        return HOLE.sub(lambda hole: self.expression(hole[1], int(hole[2] or 2)), text)

    def feature(self):
        """A filled template as lines."""
        self.counter += 1
        text = self.pick(TEMPLATES).replace("$", str(self.counter))
        with self.setting(walrus_allowed=False, calls_allowed=self.calls_allowed):
            text = self.fill(text).replace("¬", "@")
        return text.split("\n")
