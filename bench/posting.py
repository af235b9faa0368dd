"""How fast posts are sorted, judged, posted and copied for 120 members, on SQLite with full durability.

The reference, in the same run: the same number of empty transactions with one row each, fsynced.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

HOME = tempfile.TemporaryDirectory(prefix="talanoa-bench-")
os.environ |= {
    "TALANOA_HOME": HOME.name,
    "TALANOA_MAIL_DOMAIN": "lists.example.org",
    "TALANOA_LOG": "warning",
    "DJANGO_SETTINGS_MODULE": "talanoa.settings",
}
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import django

django.setup()

from datetime import UTC, datetime

from django.core.management import call_command
from django.db import connection, transaction

from path import letter
from talanoa.commandline.logs import set_up
from talanoa.communities import actions as communities
from talanoa.mail import actions as mail
from talanoa.mail.models import Delivery, Received
from talanoa.mail.reading.sandbox import Reader
from talanoa.mailroom.worker import Sorter, tune
from talanoa.people import actions as people

MEMBERS = 120
POSTS = 300


def main() -> None:
    set_up()
    call_command("migrate", verbosity=0)
    at = datetime.now(UTC)
    mdg = communities.found("mdg", name="MDG", address="mdg@lists.example.org", at=at, first_posts_held=0)
    for number in range(MEMBERS):
        person = people.introduce(f"m{number}@members.example", at=at, name=f"Member {number}")
        communities.join(mdg, person, at=at)
    rates = []
    reader = Reader()
    tune()  # as the worker does
    for turn in range(3):
        with transaction.atomic():
            for number in range(POSTS):
                raw = letter(
                    f"Member <m{number % MEMBERS}@members.example>",
                    subject=f"{'Re: ' if number % 5 else ''}Subject {turn} {number // 5}",
                    text="A paragraph of a letter that somebody wrote from experience.\n" * 20,
                )
                mail.keep(raw, recipient=mdg.address, envelope_sender="m@members.example", door="lmtp", at=at)
        sorter = Sorter(reader)
        began = time.perf_counter()
        while sorter.step(datetime.now(UTC)):
            pass
        rates.append(POSTS / (time.perf_counter() - began))
    reader.close()
    assert Received.objects.filter(fate="posted").count() == 3 * POSTS
    assert Delivery.objects.count() == 3 * POSTS * MEMBERS
    began = time.perf_counter()
    with connection.cursor() as cursor:
        for number in range(POSTS):
            with transaction.atomic():
                cursor.execute("UPDATE people_person SET interests = %s WHERE id = 1", [str(number)])
    reference = POSTS / (time.perf_counter() - began)
    rate = statistics.median(rates)
    print(f"{'sort, judge, post, copies for 120 members':<45} {'posts/s':>8} {'ratio':>7}   bar 60")
    print(f"{'one worker, median of 3':<45} {rate:>8.0f} {rate / reference:>7.2f}")
    print(f"{'reference: one durable row a transaction':<45} {reference:>8.0f} {1:>7.2f}")


if __name__ == "__main__":
    main()
