"""A Postfix of the test's own, from the files that `deploy/postfix` ships, and `talanoa serve` beside it."""

import contextlib
import json
import os
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "deploy" / "postfix"
DOMAIN = "lists.example.org"
OUTSIDE = "127.0.0.2"  # where strangers call from; only 127.0.0.1 is of the house

MASTER = """
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 5 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(true, seconds: float, sentence: str) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, sentence
        time.sleep(0.05)


class Postfix:
    """An instance with its own configuration, queue and data; mail to anywhere else goes to `sink`."""

    def __init__(self, *, lmtp: int, sink: int) -> None:
        # Its daemons give up root, so every folder on the way must be open to them.
        self.home = Path(tempfile.mkdtemp(prefix="talanoa-postfix-"))
        self.home.chmod(0o755)
        self.port = free_port()
        self.log = self.home / "log" / "mail.log"
        self.etc = self.home / "etc"
        for folder in (self.etc, self.home / "queue", self.log.parent):
            folder.mkdir()
        (self.home / "data").mkdir()
        shutil.chown(self.home / "data", "postfix", "postfix")
        for name in ("main.cf", "talanoa-transport", "talanoa-aliases", "talanoa-headers"):
            text = (SHIPPED / name).read_text()
            text = text.replace("/etc/postfix", str(self.etc)).replace("127.0.0.1:8024", f"127.0.0.1:{lmtp}")
            # There is no certificate here; everything else is as it is shipped.
            text = re.sub(r"(?m)^smtpd?_tls_.*\n", "", text)
            (self.etc / name).write_text(text)
        with (self.etc / "main.cf").open("a") as main:
            main.write(
                "\n# What makes it an instance of this test.\n"
                f"queue_directory = {self.home}/queue\ndata_directory = {self.home}/data\n"
                f"maillog_file = {self.log}\nmaillog_file_prefixes = {self.home}\n"
                "inet_interfaces = loopback-only\ninet_protocols = ipv4\n"
                f"relayhost = [127.0.0.1]:{sink}\nsmtp_dns_support_level = disabled\n"
                "minimal_backoff_time = 1s\nmaximal_backoff_time = 2s\nqueue_run_delay = 1s\n"
            )
        # `mynetworks` stands in the shipped file; a second line would be a warning at every step.
        main_cf = self.etc / "main.cf"
        main_cf.write_text(re.sub(r"(?m)^mynetworks = .*$", "mynetworks = 127.0.0.1/32", main_cf.read_text()))
        (self.etc / "master.cf").write_text(f"127.0.0.1:{self.port} inet n - n - - smtpd\n{MASTER.lstrip()}")

    def __enter__(self):
        started = subprocess.run(["/usr/sbin/postfix", "-c", self.etc, "start"], capture_output=True, text=True, check=False)
        assert started.returncode == 0, started.stdout + started.stderr
        wait_until(self._answers, 15, "Postfix did not start")
        return self

    def __exit__(self, *exc):
        subprocess.run(["/usr/sbin/postfix", "-c", self.etc, "abort"], capture_output=True, check=False)
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not self._answers(), 10, "Postfix did not stop")
        shutil.rmtree(self.home, ignore_errors=True)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def rests(self) -> bool:
        """Whether its queue is empty."""
        queue = subprocess.run(["/usr/sbin/postqueue", "-c", self.etc, "-j"], capture_output=True, text=True, check=False)
        return queue.returncode == 0 and not queue.stdout.strip()

    def said(self) -> str:
        """Its log."""
        return self.log.read_text(errors="replace")

    def from_outside(self) -> smtplib.SMTP:
        """A connection as a stranger's server makes it."""
        return smtplib.SMTP("127.0.0.1", self.port, source_address=(OUTSIDE, 0), timeout=30)


class Served:
    """`talanoa serve` with a state folder of its own."""

    def __init__(self, *, home: Path, lmtp: int, smtp: int, **further: str) -> None:
        self.http = free_port()
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(("TALANOA_", "DJANGO_"))} | {
            "TALANOA_HOME": str(home / "talanoa"),
            "TALANOA_MAIL_DOMAIN": DOMAIN,
            "TALANOA_SMTP_URL": f"smtp://127.0.0.1:{smtp}",
            "TALANOA_LMTP": f"127.0.0.1:{lmtp}",
            "TALANOA_HTTP": f"127.0.0.1:{self.http}",
            **further,
        }
        self.lmtp = lmtp
        self.words = home / "serve.log"

    def __enter__(self):
        with self.words.open("ab") as words:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "talanoa.commandline", "serve"], env=self.env, stderr=words, start_new_session=True
            )
        wait_until(lambda: self._open(self.lmtp) and self._open(self.http), 30, "talanoa serve did not open its doors")
        return self

    def __exit__(self, *exc):
        self.process.send_signal(signal.SIGTERM)
        try:
            assert self.process.wait(40) == 0
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def _open(self, port: int) -> bool:
        assert self.process.poll() is None, self.words.read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return False

    def do(self, *words: str, well: bool = True) -> str:
        """Carry out a command, as an administrator would; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "talanoa.commandline", *words], env=self.env, capture_output=True, text=True, check=False
        )
        assert (done.returncode == 0) is well, f"talanoa {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout if well else done.stderr

    def rows(self, *words: str) -> list[dict]:
        """JSON lines of a command."""
        return [json.loads(line) for line in self.do(*words, "--json").splitlines()]

    def fate_of(self, subject: str, seconds: float = 20) -> dict:
        """The line of the log for a mail with this subject, once it has a fate."""
        found: list[dict] = []

        def settled() -> bool:
            found[:] = [row for row in self.rows("mail", "log") if row["subject"] == subject and row["fate"] != "waiting"]
            return bool(found)

        wait_until(settled, seconds, f"no fate for {subject!r} in {seconds} s")
        return found[-1]
