"""Work on what strangers sent, in a child process with limits of time and memory (promise S1).

What costs more kills only the child, and the next piece of work gets a fresh
one. The child is forked once and kept, so that a small piece costs under a
millisecond more than doing it here.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import pickle
import resource
import select
import signal
import struct
import sys
import threading
import time
from pathlib import Path
from typing import Any, ClassVar, NoReturn

SECONDS = 10
MEMORY = 512 * 1024 * 1024
LENGTH = struct.Struct("!Q")
CHUNK = 1 << 20
# A child whose parent was killed notices within this many seconds.
ORPHAN_CHECK = 5.0


class ReadingFailed(Exception):
    """It could not be read within the limits; `str()` is a sentence."""


class _Plain(pickle.Unpickler):
    """Takes nothing from the child but facts.

    The child has handled what strangers wrote; if it were ever taken over, its
    answer must not be able to run anything here.
    """

    def __init__(self, file: io.BytesIO, facts: frozenset[type]) -> None:
        super().__init__(file)
        self._facts = {(one.__module__, one.__name__): one for one in facts}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._facts:
            raise pickle.UnpicklingError(f"{module}.{name} is no fact of an answer")
        return self._facts[module, name]


class Child:
    """A process that does one piece of work at a time; safe to share by threads.

    Who inherits says what the work is (`work`, which answers with a kind and
    what was found), what to import before the fork (`warm`), and of which
    classes an answer may be made (`facts`).
    """

    facts: ClassVar[frozenset[type]] = frozenset()

    def __init__(self, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self.seconds = seconds
        self.memory = memory
        self._lock = threading.Lock()
        self._child = 0
        self._owner = 0
        self._to = self._from = -1

    def warm(self) -> None:
        """Import what the work needs: what is imported before the fork is shared by every child."""
        raise NotImplementedError

    def work(self, data: bytes) -> tuple[str, object]:
        """The work, in the child."""
        raise NotImplementedError

    def close(self) -> None:
        """End the child; a later `ask` starts another."""
        with self._lock:
            if self._owner == os.getpid():
                self._end()
            else:
                self._forget()

    def _ask(self, data: bytes) -> tuple[str, object]:
        """The answer of the child; ReadingFailed tells in a sentence why there is none."""
        with self._lock:
            if self._owner != os.getpid():
                # Never made yet, or this process is a fork of the one that made it.
                self._forget()
                self._start()
            try:
                kind, answer = self._exchange(data)
            except ReadingFailed:
                self._end()
                raise
            except (OSError, EOFError, pickle.UnpicklingError, ValueError) as fault:
                self._end()
                raise ReadingFailed("The reading process died of this.") from fault
            if kind in ("spent", "failed"):
                if kind == "spent":
                    # What is left of its memory may not do for the next one.
                    self._end()
                raise ReadingFailed(str(answer))
        return kind, answer

    def _start(self) -> None:
        self.warm()
        to_read, to_write = os.pipe()
        from_read, from_write = os.pipe()
        child = os.fork()
        if child == 0:
            _serve(self, to_read, from_write)
        os.close(to_read)
        os.close(from_write)
        os.set_blocking(to_write, False)
        self._child, self._owner = child, os.getpid()
        self._to, self._from = to_write, from_read

    def _exchange(self, raw: bytes) -> tuple[str, object]:
        deadline = time.monotonic() + self.seconds
        self._send(LENGTH.pack(len(raw)) + raw, deadline)
        (size,) = LENGTH.unpack(self._receive(LENGTH.size, deadline))
        data = self._receive(size, deadline)
        kind, answer = _Plain(io.BytesIO(data), self.facts).load()
        return kind, answer

    def _send(self, data: bytes, deadline: float) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._to, view) :]
            except BlockingIOError:
                self._wait([], [self._to], deadline)

    def _receive(self, size: int, deadline: float) -> bytes:
        chunks = []
        while size:
            self._wait([self._from], [], deadline)
            chunk = os.read(self._from, min(size, CHUNK))
            if not chunk:
                raise EOFError
            chunks.append(chunk)
            size -= len(chunk)
        return b"".join(chunks)

    def _wait(self, reading: list[int], writing: list[int], deadline: float) -> None:
        poll = select.poll()
        for number in reading:
            poll.register(number, select.POLLIN)
        for number in writing:
            poll.register(number, select.POLLOUT)
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise ReadingFailed(f"Reading this took longer than {self.seconds:g} seconds.")

    def _end(self) -> None:
        child = self._child
        self._forget()
        if child:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)

    def _forget(self) -> None:
        for number in (self._to, self._from):
            if number >= 0:
                with contextlib.suppress(OSError):
                    os.close(number)
        self._to = self._from = -1
        self._child = self._owner = 0


def _serve(child: Child, source: int, target: int) -> NoReturn:
    """The life of the child; it ends with its parent and never returns."""
    try:
        source, target = _alone(source, target)
        # What the parent made stays untouched: no finaliser of its runs here.
        gc.freeze()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _limit_memory(child.memory)
        parent = os.getppid()
        while True:
            while not select.select([source], [], [], ORPHAN_CHECK)[0]:
                if os.getppid() != parent:
                    os._exit(0)
            (size,) = LENGTH.unpack(_exactly(source, LENGTH.size))
            raw = _exactly(source, size)
            _limit_time(child.seconds)
            answer = _answer(child, raw)
            view = memoryview(LENGTH.pack(len(answer)) + answer)
            while view:
                view = view[os.write(target, view) :]
    except BaseException:  # noqa: BLE001 - whatever it is, the parent sees a closed pipe
        os._exit(1)
    os._exit(0)


def _answer(child: Child, data: bytes) -> bytes:
    answer: tuple[str, object]
    try:
        answer = child.work(data)
    except MemoryError:
        answer = ("spent", "Reading this took more memory than is allowed.")
    except Exception as fault:  # noqa: BLE001 - a door: the thing is set aside, the bug is named
        answer = ("failed", f"Reading this failed with {type(fault).__name__}.")
    return pickle.dumps(answer, protocol=5)


def _alone(source: int, target: int) -> tuple[int, int]:
    """Keep the two pipes and standard error; sockets and files of the parent go."""
    low, high = sorted((source, target))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    most = min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 1 << 20)
    os.closerange(3, low)
    os.closerange(low + 1, high)
    os.closerange(high + 1, most)
    return source, target


def _exactly(source: int, size: int) -> bytes:
    chunks = []
    while size:
        chunk = os.read(source, min(size, CHUNK))
        if not chunk:
            os._exit(0)
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)


def _limit_memory(memory: int) -> None:
    now = 0
    with contextlib.suppress(OSError, ValueError):
        now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    if now and sys.platform == "linux":
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (now + memory, hard))


def _limit_time(seconds: float) -> None:
    """Let the kernel end the child when the parent is too busy to look."""
    used = time.process_time()
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(used + seconds) + 1
    if hard == resource.RLIM_INFINITY or soft < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
