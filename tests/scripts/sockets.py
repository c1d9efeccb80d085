# Sockets, polls, mappings: what `_socket`, `select` and `mmap` do without a network.
import mmap
import select
import socket
import tempfile
import threading

# TCP through the loopback device, with a thread at the other end.
server = socket.create_server(("127.0.0.1", 0))


def serve():
    connection, _ = server.accept()
    with connection:
        while data := connection.recv(100):
            connection.sendall(data.upper())


thread = threading.Thread(target=serve)
thread.start()
with socket.create_connection(server.getsockname()) as client:
    client.settimeout(10)
    with client.makefile("rwb") as stream:
        stream.write(b"hello\n")
        stream.flush()
        print(stream.readline())  # expect: b'HELLO\n'
thread.join()
server.close()

# Timeouts.
left, right = socket.socketpair()
left.settimeout(0.01)
try:
    left.recv(1)
except TimeoutError as e:
    print(repr(e), e is not None and socket.timeout is TimeoutError)  # expect: TimeoutError('timed out') True
left.setblocking(False)
try:
    left.recv(1)
except BlockingIOError as e:
    print(e.args)  # expect: (11, 'Resource temporarily unavailable')
left.setblocking(True)

# Several buffers, ancillary data: a descriptor sent over is another number for the same file.
with tempfile.TemporaryFile() as file:
    file.write(b"contents")
    file.flush()
    socket.send_fds(left, [b"a", b"b"], [file.fileno()])
    data, fds, flags, address = socket.recv_fds(right, 10, 2)
    print(data, len(fds), address)  # expect: b'ab' 1 None
    with open(fds[0], "rb") as copy:
        copy.seek(0)
        print(copy.read())  # expect: b'contents'

    with mmap.mmap(file.fileno(), 0) as mapping:
        mapping[0:3] = b"CON"
        print(mapping[:], mapping.find(b"n"), mapping[-1])  # expect: b'CONtents' 5 115
        view = memoryview(mapping)
        try:
            mapping.close()
        except BufferError as e:
            print(e)  # expect: cannot close exported pointers exist
        print(bytes(view[:2]))  # expect: b'CO'
        view.release()

# Waiting for several at once.
poll = select.epoll()
poll.register(left, select.EPOLLIN)
print(poll.poll(0))  # expect: []
right.send(b"x")
print(poll.poll(10) == [(left.fileno(), select.EPOLLIN)])  # expect: True
print(select.select([left, right], [], [], 0)[0] == [left])  # expect: True
poll.close()
left.close()
right.close()
print(left)  # expect: <socket.socket [closed] fd=-1, family=1, type=1, proto=0>

# Addresses and their errors.
with socket.socket() as s:
    for address in [1, ("127.0.0.1",), ("127.0.0.1", 70000)]:
        try:
            s.connect(address)
        except (TypeError, OverflowError) as e:
            print(e)
    # expect: connect(): AF_INET address must be tuple, not int
    # expect: AF_INET address must be a pair (host, port)
    # expect: connect(): port must be 0-65535.
print(socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, "::ffff:1.2.3.4")))  # expect: ::ffff:1.2.3.4
print(socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)[0][4])  # expect: ('127.0.0.1', 80)
