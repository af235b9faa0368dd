"""Work on what strangers sent, in a child process with limits of time and memory (promise S1).

What costs more kills only the child, and the next piece of work gets a fresh
one. The child is forked once and kept, so that a small piece costs under a
millisecond more than doing it here. Large bytes go through the pipe as they
are, both ways: a mail of 60 MB stands in memory once on each side.
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
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any, ClassVar, NoReturn

SECONDS = 10
MEMORY = 512 * 1024 * 1024
CHUNK = 1 << 16  # bytes; as a pipe holds
# A child whose parent was killed notices within this many seconds.
ORPHAN_CHECK = 5.0


class ReadingFailed(Exception):
    """It could not be read within the limits; `str()` is a sentence."""


class _Plain(pickle.Unpickler):
    """Takes nothing from the child but facts.

    The child has handled what strangers wrote; if it were ever taken over, its
    answer must not be able to run anything here.
    """

    def __init__(self, file: IO[bytes], facts: frozenset[type]) -> None:
        super().__init__(file)
        self._facts = {(one.__module__, one.__name__): one for one in facts}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._facts:
            raise pickle.UnpicklingError(f"{module}.{name} is no fact of an answer")
        return self._facts[module, name]


class _Pipe(io.RawIOBase):
    """The parent's ends of the two pipes, until a moment."""

    def __init__(self, source: int, target: int, *, seconds: float) -> None:
        self._source, self._target = source, target
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._target, view) :]
            except BlockingIOError:
                self._wait(self._target, select.POLLOUT)
        return len(data)

    def readinto(self, buffer: Any, /) -> int:
        self._wait(self._source, select.POLLIN)
        return os.readv(self._source, [buffer])

    def _wait(self, number: int, what: int) -> None:
        poll = select.poll()
        poll.register(number, what)
        left = self._deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise ReadingFailed(f"Reading this took longer than {self._seconds:g} seconds.")


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
        self._lock = threading.RLock()
        self._child = 0
        self._owner = 0
        self._to = self._from = -1

    def warm(self) -> None:
        """Import what the work needs: what is imported before the fork is shared by every child."""
        raise NotImplementedError

    def work(self, told: Any) -> tuple[str, object]:
        """The work, in the child, on what was asked."""
        raise NotImplementedError

    def start(self) -> None:
        """Start the child now, before there is much in memory: what was there when it began, it has for as long as it lives."""
        with self._lock:
            if self._owner != os.getpid():
                # Never made yet, or this process is a fork of the one that made it.
                self._forget()
                self._start()

    def close(self) -> None:
        """End the child; a later `ask` starts another."""
        with self._lock:
            if self._owner == os.getpid():
                self._end()
            else:
                self._forget()

    def _ask(self, told: Any) -> tuple[str, object]:
        """The answer of the child to plain data; ReadingFailed tells in a sentence why there is none."""
        with self._lock:
            self.start()
            try:
                kind, answer = self._exchange(told)
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

    def _exchange(self, told: Any) -> tuple[str, object]:
        pipe = _Pipe(self._from, self._to, seconds=self.seconds)
        pickle.dump(told, pipe, protocol=5)
        kind, answer = _Plain(io.BufferedReader(pipe, CHUNK), self.facts).load()
        return kind, answer

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
        asked = open(source, "rb", CHUNK, closefd=False)  # noqa: SIM115  open until this process ends
        answers = open(target, "wb", CHUNK, closefd=False)  # noqa: SIM115  likewise, through `_exit`
        while True:
            while not select.select([source], [], [], ORPHAN_CHECK)[0]:
                if os.getppid() != parent:
                    os._exit(0)
            # What was asked is kept by nobody here, so that it is gone before the next comes.
            pickle.dump(_answer(child, pickle.load(asked)), answers, protocol=5)  # noqa: S301  the parent wrote it
            answers.flush()
    except BaseException:  # noqa: BLE001 - whatever it is, the parent sees a closed pipe
        os._exit(1)
    os._exit(0)


def _answer(child: Child, told: Any) -> tuple[str, object]:
    _limit_time(child.seconds)
    try:
        return child.work(told)
    except MemoryError:
        return "spent", "Reading this took more memory than is allowed."
    except Exception as fault:  # noqa: BLE001 - a door: the thing is set aside, the bug is named
        return "failed", f"Reading this failed with {type(fault).__name__}."


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
