"""A Postfix of the test's own, from the files that `deploy/postfix` ships."""

import contextlib
import re
import shutil
import smtplib
import socket
import subprocess
import tempfile
from pathlib import Path

from living import free_port, until

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
        until(self._answers, 30)
        return self

    def __exit__(self, *exc):
        subprocess.run(["/usr/sbin/postfix", "-c", self.etc, "abort"], capture_output=True, check=False)
        with contextlib.suppress(AssertionError):
            until(lambda: not self._answers(), 10)
        shutil.rmtree(self.home, ignore_errors=True)

    def _answers(self) -> bool:
        """Postfix answers"""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def rests(self) -> bool:
        """the queue of Postfix is empty"""
        queue = subprocess.run(["/usr/sbin/postqueue", "-c", self.etc, "-j"], capture_output=True, text=True, check=False)
        return queue.returncode == 0 and not queue.stdout.strip()

    def tries_again(self) -> None:
        """At once, with all that it keeps; by itself it would within a minute."""
        subprocess.run(["/usr/sbin/postqueue", "-c", self.etc, "-f"], check=True)

    def said(self) -> str:
        """Its log."""
        return self.log.read_text(errors="replace")

    def from_outside(self) -> smtplib.SMTP:
        """A connection as a stranger's server makes it."""
        return smtplib.SMTP("127.0.0.1", self.port, source_address=(OUTSIDE, 0), timeout=30)
