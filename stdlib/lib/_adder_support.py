"""Helpers of the interpreter that are written in Python: the classes behind template strings."""


def _final(cls):
    def __init_subclass__(subclass, **kwargs):
        raise TypeError(f"type '{cls.__module__}.{cls.__qualname__}' is not an acceptable base type")
    cls.__init_subclass__ = classmethod(__init_subclass__)
    cls.__module__ = 'string.templatelib'
    return cls


@_final
class Interpolation:
    __slots__ = ('_value', '_expression', '_conversion', '_format_spec')
    __match_args__ = ('value', 'expression', 'conversion', 'format_spec')

    def __new__(cls, value, expression='', conversion=None, format_spec=''):
        if not isinstance(expression, str):
            raise TypeError(f"Interpolation() argument 'expression' must be str, "
                            f"not {type(expression).__name__}")
        if conversion is not None and not isinstance(conversion, str):
            raise TypeError(f"Interpolation() argument 'conversion' must be str, "
                            f"not {type(conversion).__name__}")
        if conversion not in (None, 's', 'a', 'r'):
            raise ValueError("Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'")
        if not isinstance(format_spec, str):
            raise TypeError(f"Interpolation() argument 'format_spec' must be str, "
                            f"not {type(format_spec).__name__}")
        return _make_interpolation(value, expression, conversion, format_spec)

    value = property(lambda self: self._value)
    expression = property(lambda self: self._expression)
    conversion = property(lambda self: self._conversion)
    format_spec = property(lambda self: self._format_spec)

    def __repr__(self):
        return (f'Interpolation({self._value!r}, {self._expression!r}, '
                f'{self._conversion!r}, {self._format_spec!r})')

    def __reduce__(self):
        return Interpolation, (self._value, self._expression, self._conversion, self._format_spec)

    def __class_getitem__(cls, item):
        import types
        return types.GenericAlias(cls, item)


@_final
class Template:
    __slots__ = ('_strings', '_interpolations')

    def __new__(cls, *args):
        strings, interpolations = [''], []
        for arg in args:
            if type(arg) is str or isinstance(arg, str):
                strings[-1] += arg
            elif isinstance(arg, Interpolation):
                interpolations.append(arg)
                strings.append('')
            else:
                raise TypeError(f'Template.__new__ *args need to be of type '
                                f"'str' or 'Interpolation', got {type(arg).__name__}")
        return _make_template(tuple(strings), tuple(interpolations))

    strings = property(lambda self: self._strings)
    interpolations = property(lambda self: self._interpolations)
    values = property(lambda self: tuple([i._value for i in self._interpolations]))

    def __iter__(self):
        for i, string in enumerate(self._strings):
            if string:
                yield string
            if i < len(self._interpolations):
                yield self._interpolations[i]

    def __add__(self, other):
        if not isinstance(other, Template):
            raise TypeError(f'can only concatenate string.templatelib.Template '
                            f'(not "{type(other).__name__}") to string.templatelib.Template')
        middle = self._strings[-1] + other._strings[0]
        return _make_template(self._strings[:-1] + (middle,) + other._strings[1:],
                              self._interpolations + other._interpolations)

    def __repr__(self):
        return f'Template(strings={self._strings!r}, interpolations={self._interpolations!r})'

    def __reduce__(self):
        from string.templatelib import _template_unpickle
        return _template_unpickle, (self._strings, self._interpolations)

    def __class_getitem__(cls, item):
        import types
        return types.GenericAlias(cls, item)


def _make_interpolation(value, expression, conversion, format_spec):
    self = object.__new__(Interpolation)
    self._value = value
    self._expression = expression
    self._conversion = conversion
    self._format_spec = format_spec
    return self


def _make_template(strings, interpolations):
    self = object.__new__(Template)
    self._strings = strings
    self._interpolations = interpolations
    return self
