"""How many mails a second the mail door takes in, each one fsynced before its 250.

    python bench/intake.py [--mails 2000] [--rounds 3] [--size 5000]

Mails of 5 kB over one connection and over eight, on SQLite in a folder of its own, beside a
reference in the same run: aiosmtpd's LMTP server, which stores nothing. Clients are processes,
so that they do not take the door's time; they speak as Postfix does, pipelined up to DATA.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BARS = {1: 150, 8: 400}

REFERENCE = """
import asyncio
from aiosmtpd.lmtp import LMTP
class Nothing:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"
async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: LMTP(Nothing(), loop=loop), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
DOOR = """
import signal, threading, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from datetime import UTC, datetime
from talanoa.commandline import logs
from talanoa.communities.actions import found
from talanoa.mailroom import lmtp
logs.set_up()
found("mdg", name="MDG", address="mdg@lists.example.org", at=datetime.now(UTC))
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
lmtp.serve("127.0.0.1", 0, stop=stop, ready=lambda at: print(at[1], flush=True))
"""


def feed(port: int, mails: int, size: int, start, taken) -> None:
    """One client: its mails one after the other, each on its 250."""
    line = b"Every village nurse keeps a book, and nobody has ever asked for it.  \r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as answers:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answers.readline()
        connection.sendall(b"LHLO bench\r\n")
        while answers.readline()[3:4] == b"-":
            pass
        start.wait()
        for number in range(mails):
            connection.sendall(b"MAIL FROM:<ben@people.example>\r\nRCPT TO:<mdg@lists.example.org>\r\nDATA\r\n")
            for _ in range(3):
                answers.readline()
            mail = b"Subject: %d of %d\r\n\r\n" % (number, os.getpid())
            connection.sendall(mail + line * ((size - len(mail)) // len(line)) + b".\r\n")
            if not answers.readline().startswith(b"250"):
                break
            with taken.get_lock():
                taken.value += 1
        connection.sendall(b"QUIT\r\n")


def rate(port: int, connections: int, mails: int, size: int) -> float:
    start = multiprocessing.Event()
    taken = multiprocessing.Value("i", 0)
    clients = [multiprocessing.Process(target=feed, args=(port, mails // connections, size, start, taken)) for _ in range(connections)]
    for client in clients:
        client.start()
    time.sleep(0.3)
    began = time.perf_counter()
    start.set()
    for client in clients:
        client.join()
    seconds = time.perf_counter() - began
    if taken.value != mails // connections * connections:
        sys.exit(f"Only {taken.value} of {mails} mails were taken.")
    return taken.value / seconds


def resident(pid: int) -> str:
    words = Path(f"/proc/{pid}/status").read_text().split() if Path("/proc").is_dir() else []
    return f"{int(words[words.index('VmRSS:') + 1]) / 1024:.0f} MB" if words else "?"


def fsync_rate(folder: str) -> float:
    """What the disk under the database does: appends of 8 kB, each fsynced."""
    with Path(folder, "fsync").open("wb") as file:
        began = time.perf_counter()
        for _ in range(200):
            file.write(b"x" * 8192)
            file.flush()
            os.fsync(file.fileno())
        return 200 / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", type=int, default=5000)
    parser.add_argument("--database", default="", help="a PostgreSQL URL of an empty database; SQLite without")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="talanoa-bench-") as home:
        environment = {**os.environ, "TALANOA_HOME": home, "TALANOA_MAIL_DOMAIN": "lists.example.org", "TALANOA_LOG": "warning"}
        environment |= {"DJANGO_SETTINGS_MODULE": "talanoa.settings", "TALANOA_DATABASE_URL": args.database}
        servers = {
            name: subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True)
            for name, program in (("talanoa, kept and fsynced", DOOR), ("aiosmtpd, stores nothing", REFERENCE))
        }
        try:
            ports = {name: int(server.stdout.readline()) for name, server in servers.items()}
            at_rest = resident(servers["talanoa, kept and fsynced"].pid)
            rates: dict[tuple[str, int], list[float]] = {}
            for _ in range(args.rounds):
                for connections in BARS:
                    for name, port in ports.items():
                        rates.setdefault((name, connections), []).append(rate(port, connections, args.mails, args.size))
            print(f"Mails of {args.size} bytes, medians of {args.rounds} rounds of {args.mails}; {os.cpu_count()} cores; fsync alone {fsync_rate(home):.0f}/s")
            print(f"{'connections':<13}{'talanoa/s':>11}{'bar':>6}{'reference/s':>13}{'ratio':>7}")
            for connections, bar in BARS.items():
                ours, reference = (statistics.median(rates[name, connections]) for name in ports)
                print(f"{connections:<13}{ours:>11.0f}{bar:>6}{reference:>13.0f}{ours / reference:>7.2f}")
            print(f"The door's memory at rest {at_rest}, afterwards {resident(servers['talanoa, kept and fsynced'].pid)}.")
        finally:
            for server in servers.values():
                server.terminate()
                server.wait()


if __name__ == "__main__":
    main()
