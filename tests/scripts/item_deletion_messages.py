"""The wording for objects without item deletion or assignment."""


class A:
    pass


THINGS = [
    A(), (), "a", b"x", range(3), {1}, frozenset(), {}.keys(), {}.values(), 5, 1.5, None, True, iter([]), slice(1), len,
    A, zip(), lambda: 0,
]
for thing in THINGS:
    try:
        del thing[0]
    except TypeError as error:
        print(error)
    try:
        thing[0] = 1
    except TypeError as error:
        print(error)

# What is no index is none for sequences.
for thing in THINGS:
    for key in (slice(1), "key", True):
        try:
            del thing[key]
        except TypeError as error:
            print(error)

# expect: 'A' object doesn't support item deletion
# expect: 'A' object does not support item assignment
# expect: 'tuple' object doesn't support item deletion
# expect: 'tuple' object does not support item assignment
# expect: 'str' object doesn't support item deletion
# expect: 'str' object does not support item assignment
# expect: 'bytes' object doesn't support item deletion
# expect: 'bytes' object does not support item assignment
# expect: 'range' object doesn't support item deletion
# expect: 'range' object does not support item assignment
# expect: 'set' object doesn't support item deletion
# expect: 'set' object does not support item assignment
# expect: 'frozenset' object doesn't support item deletion
# expect: 'frozenset' object does not support item assignment
# expect: 'dict_keys' object doesn't support item deletion
# expect: 'dict_keys' object does not support item assignment
# expect: 'dict_values' object doesn't support item deletion
# expect: 'dict_values' object does not support item assignment
# expect: 'int' object does not support item deletion
# expect: 'int' object does not support item assignment
# expect: 'float' object does not support item deletion
# expect: 'float' object does not support item assignment
# expect: 'NoneType' object does not support item deletion
# expect: 'NoneType' object does not support item assignment
# expect: 'bool' object does not support item deletion
# expect: 'bool' object does not support item assignment
# expect: 'list_iterator' object does not support item deletion
# expect: 'list_iterator' object does not support item assignment
# expect: 'slice' object does not support item deletion
# expect: 'slice' object does not support item assignment
# expect: 'builtin_function_or_method' object does not support item deletion
# expect: 'builtin_function_or_method' object does not support item assignment
# expect: 'type' object does not support item deletion
# expect: 'type' object does not support item assignment
# expect: 'zip' object does not support item deletion
# expect: 'zip' object does not support item assignment
# expect: 'function' object does not support item deletion
# expect: 'function' object does not support item assignment
# expect: 'A' object does not support item deletion
# expect: 'A' object does not support item deletion
# expect: 'A' object doesn't support item deletion
# expect: 'tuple' object does not support item deletion
# expect: 'tuple' object does not support item deletion
# expect: 'tuple' object doesn't support item deletion
# expect: 'str' object does not support item deletion
# expect: 'str' object does not support item deletion
# expect: 'str' object doesn't support item deletion
# expect: 'bytes' object does not support item deletion
# expect: 'bytes' object does not support item deletion
# expect: 'bytes' object doesn't support item deletion
# expect: 'range' object does not support item deletion
# expect: 'range' object does not support item deletion
# expect: 'range' object doesn't support item deletion
# expect: 'set' object does not support item deletion
# expect: 'set' object does not support item deletion
# expect: 'set' object doesn't support item deletion
# expect: 'frozenset' object does not support item deletion
# expect: 'frozenset' object does not support item deletion
# expect: 'frozenset' object doesn't support item deletion
# expect: 'dict_keys' object does not support item deletion
# expect: 'dict_keys' object does not support item deletion
# expect: 'dict_keys' object doesn't support item deletion
# expect: 'dict_values' object does not support item deletion
# expect: 'dict_values' object does not support item deletion
# expect: 'dict_values' object doesn't support item deletion
# expect: 'int' object does not support item deletion
# expect: 'int' object does not support item deletion
# expect: 'int' object does not support item deletion
# expect: 'float' object does not support item deletion
# expect: 'float' object does not support item deletion
# expect: 'float' object does not support item deletion
# expect: 'NoneType' object does not support item deletion
# expect: 'NoneType' object does not support item deletion
# expect: 'NoneType' object does not support item deletion
# expect: 'bool' object does not support item deletion
# expect: 'bool' object does not support item deletion
# expect: 'bool' object does not support item deletion
# expect: 'list_iterator' object does not support item deletion
# expect: 'list_iterator' object does not support item deletion
# expect: 'list_iterator' object does not support item deletion
# expect: 'slice' object does not support item deletion
# expect: 'slice' object does not support item deletion
# expect: 'slice' object does not support item deletion
# expect: 'builtin_function_or_method' object does not support item deletion
# expect: 'builtin_function_or_method' object does not support item deletion
# expect: 'builtin_function_or_method' object does not support item deletion
# expect: 'type' object does not support item deletion
# expect: 'type' object does not support item deletion
# expect: 'type' object does not support item deletion
# expect: 'zip' object does not support item deletion
# expect: 'zip' object does not support item deletion
# expect: 'zip' object does not support item deletion
# expect: 'function' object does not support item deletion
# expect: 'function' object does not support item deletion
# expect: 'function' object does not support item deletion
