"""The few file operations that importlib needs, for a build without the native `_io` module."""

import posix


class FileIO:
    """A raw file: enough of io.FileIO to read and write whole files."""

    def __init__(self, file, mode='r'):
        if isinstance(file, int):
            self._fd = file
        else:
            flags = posix.O_WRONLY | posix.O_CREAT | posix.O_TRUNC if 'w' in mode else posix.O_RDONLY
            self._fd = posix.open(file, flags | posix.O_CLOEXEC, 0o666)

    def fileno(self):
        return self._fd

    def read(self, size=-1):
        if size >= 0:
            return posix.read(self._fd, size)
        parts = []
        while part := posix.read(self._fd, 1 << 16):
            parts.append(part)
        return b''.join(parts)

    def write(self, data):
        return posix.write(self._fd, data)

    def close(self):
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            posix.close(fd)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def open_code(path):
    return FileIO(path)
