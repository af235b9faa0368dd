"""How costs grow with years: page, post and claim at 10,000 posts and at 1,000,000.

1,000,000 posts in 700 communities with 150,000 members are generated in bulk, on SQLite; the
reference is the same work in a house a hundredth of the size, in the same run. Give a smaller
number of posts as an argument for a quick look.
"""

import functools
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
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

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client

from path import letter
from talanoa.commandline.logs import set_up
from talanoa.mail import actions as mail
from talanoa.mail import claims
from talanoa.mail.models import Delivery
from talanoa.mail.reading.sandbox import Reader
from talanoa.mailroom.worker import Sorter
from talanoa.people import actions as people
from talanoa.people.models import Address, Person

BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
CHUNK = 20_000
HTML = "<p>" + "A paragraph of a letter that somebody wrote from experience. " * 12 + "</p>"


def fill(posts: int, communities: int, members: int, size: int) -> None:
    """Rows straight into the tables: `size` posts in each conversation, communities of equal size."""
    insert("communities_community", "id slug name address description visibility language timezone founded_at subject_prefix numbered "
           "replies_go_to first_posts_held moderated daily_cap parent_id",
           ((n, f"c{n}", f"Community {n}", f"c{n}@lists.example.org", "", "members", "en", "UTC", BEGAN, f"[c{n}]", True, "group", 0, False, 0, None)
            for n in range(1, communities + 1)))  # fmt: skip
    insert("people_person", "id name role organisation country languages interests biography timezone joined_at operates",
           ((n, f"Member {n}", "Statistician", "Bureau", "FJ", "en", "registers", "", "UTC", BEGAN, False) for n in range(1, members + 1)))  # fmt: skip
    insert("people_address", "id written canonical first added_at person_id",
           ((n, f"m{n}@members.example", f"m{n}@members.example", True, BEGAN, n) for n in range(1, members + 1)))  # fmt: skip
    insert("communities_membership", "id joined_at left_at delivery html attachments_as_links suspended_from suspended_until moderated banned "
           "community_id person_id",
           ((n, BEGAN, None, "each", True, False, None, None, False, False, n % communities + 1, n) for n in range(1, members + 1)))  # fmt: skip
    conversations = posts // size
    when = lambda n: BEGAN + timedelta(seconds=n * 150)  # noqa: E731
    insert("conversations_conversation", "id subject key numbered began_at latest_at community_id",
           ((n, f"Subject {n}", f"subject {n}", True, when(n * size), when(n * size + size - 1), n % communities + 1)
            for n in range(1, conversations + 1)))  # fmt: skip
    insert("conversations_post", "id number author_name message_id key subject language written_at posted_at fresh_text quoted_text html edited "
           "withdrawn_at author_id community_id conversation_id received_id parent_id",
           ((n, n % size + 1, "", f"<{n}@members.example>", f"{n:032d}", f"Subject {n // size}", "", when(n), when(n), "words", "", HTML, False,
             None, (n // size % communities) + communities * (n % max(members // communities - 1, 1)) or 1, n // size % communities + 1, n // size, None, None)
            for n in range(size, conversations * size + size)))  # fmt: skip
    insert("mail_outgoing", "id message_id head body bounces_to made_at",
           ((n, f"<{n}@members.example>", b"Subject: x\r\n", b"x\r\n", "c1", when(n)) for n in range(1, conversations + 1)))  # fmt: skip
    insert("mail_delivery", "id address member lane state due_at claim attempts answer settled_at outgoing_id",
           ((n, f"m{n}@members.example", n % members, 1, "sent", when(n), "", 1, "250 ok", when(n), n % conversations + 1)
            for n in range(1, 2 * posts)))  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def insert(table: str, columns: str, rows) -> None:
    """Store rows of the columns that are named; all others have what the model gives them."""
    names = columns.split()
    (model,) = (one for one in apps.get_models() if one._meta.db_table == table)  # noqa: SLF001  Django documents it
    others = [one for one in model._meta.concrete_fields if one.column not in names]  # noqa: SLF001  Django documents it
    rest = tuple(one.get_db_prep_save(one.get_default(), connection) for one in others)
    names += [one.column for one in others]
    sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})"
    chunk = []
    for row in rows:
        chunk.append((*(value.replace(tzinfo=None) if isinstance(value, datetime) else value for value in row), *rest))
        if len(chunk) == CHUNK:
            write(sql, chunk)
            chunk = []
    write(sql, chunk)


def write(sql: str, chunk: list) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(sql, chunk)


def median_ms(act, times: int) -> float:
    act()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def measure(posts: int, communities: int, members: int, size: int = 10) -> dict[str, float]:
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = Path(HOME.name) / f"{posts}.sqlite3"
    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    fill(posts, communities, members, size)
    print(f"  ({posts:,} posts generated in {time.perf_counter() - began:.0f} s)", file=sys.stderr)
    at = datetime.now(UTC)
    reader_of = Person.objects.get(pk=communities)  # a member of the first community
    token = people.make_sign_in_link(Address.objects.get(person=reader_of), source="", at=at)
    browser = Client(headers={"host": "127.0.0.1"})
    answer = browser.post(f"/sign-in/{token}")
    assert answer.status_code in (302, 303), answer.status_code
    conversation = communities  # the first that belongs to the first community
    pages = {"conversation": f"/c/c1/conversations/{conversation}", "community home": "/c/c1", "list of conversations": "/c/c1/conversations"}
    found = {}
    for name, address in pages.items():
        assert browser.get(address).status_code == 200, address
        found[name] = median_ms(functools.partial(browser.get, address), 40)
    reader = Reader()
    sorter = Sorter(reader)

    def one_post() -> None:
        one_post.count += 1
        mail.keep(
            letter("M <m1@members.example>", to="c2@lists.example.org", subject=f"New {one_post.count}", text=f"Words {time.time_ns()}"),
            recipient="c2@lists.example.org", envelope_sender="m1@members.example", door="lmtp", at=datetime.now(UTC),
        )  # fmt: skip
        assert sorter.step(datetime.now(UTC)) == 1

    one_post.count = 0
    found["sort, judge, post, copies"] = median_ms(one_post, 40)
    reader.close()
    claim = claims.new_claim()
    found["claim of 20 copies"] = median_ms(
        lambda: claims.claim(Delivery, limit=20, claim=claim, lease=timedelta(seconds=60), at=datetime.now(UTC)), 40
    )
    return found


def main() -> None:
    set_up()
    settings.ALLOWED_HOSTS = ["*"]
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    # The same members in a community in both, so that only the size of the house differs.
    small = measure(10_000, 7, 1_500)
    large = measure(most, 700 * most // 1_000_000 or 7, 150_000 * most // 1_000_000)
    print(f"{'median ms':<28} {'10,000':>9} {f'{most:,}':>11} {'ratio':>7}   bar 1.5")
    for name, reference in small.items():
        print(f"{name:<28} {reference:>9.2f} {large[name]:>11.2f} {large[name] / reference:>7.2f}")


if __name__ == "__main__":
    main()
