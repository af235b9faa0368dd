"""How fast one post reaches 10,000 members, beside smtplib in the same run.

    python bench/fan_out.py [--members 10000] [--rounds 3] [--only unsigned,…]

Everything is real: rows in a durable outbox (SQLite with synchronous=FULL, or the
database of TALANOA_DATABASE_URL), worker processes, SMTP over loopback to Postfix's
`smtp-sink`. A rate is deliveries divided by the time from the first claim to the last
row marked; medians over the rounds.
"""

from __future__ import annotations

import argparse
import os
import shutil
import smtplib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

SINK = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
WORKER = """
import os, signal, threading
import django; django.setup()
from talanoa.mail.sending.delivery import Postman
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
print("ready", flush=True)
Postman().run(stop)
"""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def write_key(home: Path) -> Path:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    path = home / "dkim.pem"
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


def letter() -> tuple[str, object]:
    """A post of 3 kB with the headers of a list."""
    from talanoa.mail.sending import writing

    slot, mid = writing.UNSUBSCRIBE_SLOT.decode(), writing.message_id()
    headers = [
        ("From", writing.mailbox("Mele Tupou via Health in the Goals", "mdg@lists.example.org")),
        ("To", writing.mailbox("Health in the Goals", "mdg@lists.example.org")),
        ("Subject", "[mdg] Query: Stipends for village health workers. Comparative experiences"),
        ("Date", writing.date(datetime.now(UTC))),
        ("Message-ID", mid),
        ("Reply-To", "mdg@lists.example.org"),
        ("List-Id", "Health <mdg.lists.example.org>"),
        ("List-Unsubscribe", f"<https://lists.example.org/leave/{slot}>, <mailto:mdg-leave+{slot}@lists.example.org>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ]
    text = "Dear members, I work with village health workers in Vava\u02bbu and would like to learn how others pay them.\n" * 28
    return mid, writing.compose(headers=headers, text=text)


def fan_out(members: int, workers: int) -> tuple[float, float]:
    """Deliveries per second, and seconds from the enqueueing to the first copy marked or refused."""
    from django.db import connection, transaction

    from talanoa.mail.actions import Recipient, enqueue
    from talanoa.mail.models import Delivery

    running = [
        subprocess.Popen([sys.executable, "-c", WORKER], stdout=subprocess.PIPE, text=True) for _ in range(workers)
    ]
    for one in running:
        assert one.stdout is not None
        one.stdout.readline()
    time.sleep(0.5)
    mid, composed = letter()
    with transaction.atomic():
        made = enqueue(
            composed, message_id=mid, bounces_to="mdg", lane=1, at=datetime.now(UTC),
            recipients=[Recipient(f"member{number}@d{number % 40}.example.org", number + 1) for number in range(members)],
        )
    began = time.perf_counter()
    while Delivery.objects.filter(outgoing=made, state="waiting").exists():
        time.sleep(0.02)
    took = time.perf_counter() - began
    sent = Delivery.objects.filter(outgoing=made, state="sent").count()
    assert sent == members, f"{sent} of {members} were sent"
    for one in running:
        one.terminate()
    for one in running:
        one.wait(30)
    connection.close()
    return members / took, took


def with_smtplib(port: int, count: int) -> float:
    """The standard library's client on one connection, with nothing to keep and nothing to sign."""
    _, composed = letter()
    whole = (composed.head.replace(b"\0member\0", b"x") + b"\r\n" + composed.body)
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        began = time.perf_counter()
        for number in range(count):
            client.sendmail("mdg-bounces@lists.example.org", [f"member{number}@example.org"], whole)
        return count / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--signed-members", type=int, default=4_000)
    given = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="fan-out-"))
    port = free_port()
    sink = subprocess.Popen([SINK, *(["-u", "nobody"] if os.geteuid() == 0 else []), f"127.0.0.1:{port}", "1000"])
    os.environ |= {
        "TALANOA_HOME": str(home),
        "TALANOA_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "TALANOA_MAIL_DOMAIN": "lists.example.org",
        "DJANGO_SETTINGS_MODULE": "talanoa.settings",
    }
    try:
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        key = write_key(home)
        rates: dict[str, list[float]] = {}
        for _ in range(given.rounds):
            rates.setdefault("smtplib, 1 connection, nothing kept", []).append(with_smtplib(port, 2_000))
            for signed in (False, True):
                os.environ["TALANOA_DKIM_KEY"] = str(key) if signed else ""
                for workers in (1, 2):
                    name = f"talanoa, {'signed RSA-2048' if signed else 'unsigned'}, {workers} worker{'s' * (workers > 1)}"
                    members = given.signed_members * workers if signed else given.members
                    rates.setdefault(name, []).append(fan_out(members, workers)[0])
        peer = statistics.median(next(iter(rates.values())))
        print(f"{'':42}{'median/s':>10}{'least':>9}{'most':>9}{'x smtplib':>11}")
        for name, values in rates.items():
            median = statistics.median(values)
            print(f"{name:42}{median:10,.0f}{min(values):9,.0f}{max(values):9,.0f}{median / peer:11.2f}")
    finally:
        sink.terminate()
        sink.wait(10)
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
