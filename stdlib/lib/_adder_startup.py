"""The parts of start-up that are easier in Python: finding library modules, standard streams.

Runs once, before anything else is imported, so it may use only built-in modules and importlib's own two.
"""

import _frozen_importlib as _bootstrap
import _frozen_importlib_external as _external
import _imp
import sys

_root = _imp._library_root()


class LibraryLoader(_external.SourceFileLoader):
    """Loads modules of the embedded library: code from the image, files from the archive."""

    def get_code(self, fullname):
        return _imp._library_code(self.library_name)

    def get_data(self, path):
        if path.startswith(_root + '/'):
            data = _imp._library_data(path[len(_root) + 1:])
            if data is not None:
                return data
        return super().get_data(path)

    def get_source(self, fullname):
        return _external.decode_source(self.get_data(self.path))

    def _cache_bytecode(self, source_path, cache_path, data):
        pass

    def set_data(self, path, data, *, _mode=0o666):
        pass


class LibraryFinder:
    """Path entry finder for the directories of the embedded library."""

    def __init__(self, path):
        if path != _root and not path.startswith(_root + '/'):
            raise ImportError('only for the embedded library', path=path)
        self.path = path
        self._prefix = path[len(_root) + 1:].replace('/', '.')
        if self._prefix:
            self._prefix += '.'

    def __repr__(self):
        return f'LibraryFinder({self.path!r})'

    def find_spec(self, fullname, target=None):
        name = self._prefix + fullname.rpartition('.')[2]
        found = _imp._library_find(name)
        if found is None:
            return None
        path, is_package = found
        path = f'{_root}/{path}'
        loader = LibraryLoader(fullname, path)
        loader.library_name = name
        locations = [path.rpartition('/')[0]] if is_package else None
        return _external.spec_from_file_location(
            fullname, path, loader=loader, submodule_search_locations=locations)

    def iter_modules(self, prefix=''):
        start = len(self._prefix)
        for name in _imp._library_names():
            tail = name[start:]
            if name.startswith(self._prefix) and tail and '.' not in tail:
                yield prefix + tail, _imp._library_find(name)[1]

    def invalidate_caches(self):
        pass


def _zip_hook(path):
    """Path hook for zip files, which imports zipimport only when there may be one."""
    try:
        stat = _external._path_stat(path)
        is_directory = stat.st_mode & 0o170000 == 0o040000
    except OSError:
        is_directory = '.' not in path
    if is_directory:
        raise ImportError('not a zip file', path=path)
    import zipimport
    return zipimport.zipimporter(path)


def _install_finder():
    sys.path_hooks[:0] = [LibraryFinder, _zip_hook]
    module = sys.modules[__name__]
    spec = LibraryFinder(_root).find_spec(__name__)
    _bootstrap._init_module_attrs(spec, module, override=True)


_install_finder()
