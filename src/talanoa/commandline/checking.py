"""Commands that look after the house: migrate, check, login-link."""

import argparse
import importlib.util
import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from talanoa.commandline import Refused


def register(commands: Any) -> None:
    migrate = commands.add_parser("migrate", help="bring the database to this version; mail waits with the post office meanwhile")
    migrate.set_defaults(carry_out=_migrate, needs_house=True)
    check = commands.add_parser("check", help="what is configured and what is wrong, in sentences")
    check.add_argument("--settings", action="store_true", help="only the table of all settings, with their defaults")
    check.add_argument("--no-dns", action="store_true", help="ask DNS nothing")
    check.set_defaults(carry_out=_check, needs_house=False)
    link = commands.add_parser("login-link", help="print a link that signs somebody in, once, within 15 minutes")
    link.add_argument("address", metavar="ADDRESS")
    link.set_defaults(carry_out=_login_link, needs_house=True)


def _migrate(args: argparse.Namespace) -> int:
    from django.core.management import call_command
    from django.db.utils import DatabaseError

    try:
        call_command("migrate", verbosity=0)
    except DatabaseError as fault:
        raise Refused(f"The database cannot be brought to this version: {fault}") from fault
    print("The database is up to date.")
    return 0


def _login_link(args: argparse.Namespace) -> int:
    from django.conf import settings

    from talanoa.mail.reading.parsing import canonical_address
    from talanoa.people.actions import make_sign_in_link
    from talanoa.people.models import Address

    try:
        known = Address.objects.filter(canonical=canonical_address(args.address)).first()
    except ValueError as fault:
        raise Refused(str(fault)) from fault
    if known is None:
        raise Refused(f"Nobody here has the address {args.address}.")
    token = make_sign_in_link(known, source="command line", at=datetime.now(UTC))
    print(f"{settings.TALANOA.base_url.rstrip('/')}/sign-in/{token}")
    return 0


def _check(args: argparse.Namespace) -> int:
    from talanoa.commandline import open_house
    from talanoa.configuration import SETTINGS, configure

    if args.settings:
        for setting in SETTINGS:
            print(f"TALANOA_{setting.name:<18} {setting.default or '(empty)':<24} {setting.meaning}")
        return 0
    configure()
    open_house()
    wrong = 0
    for well, sentence in _findings(ask_dns=not args.no_dns):
        print(("      " if well else "WRONG ") + sentence)
        wrong += not well
    print("All is well." if not wrong else f"{wrong} {'thing wants' if wrong == 1 else 'things want'} mending.")
    return 1 if wrong else 0


def waiting_migrations() -> int:
    """How many steps the database is behind this version. Raises DatabaseError where it does not answer."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _findings(*, ask_dns: bool) -> Iterator[tuple[bool, str]]:
    """Each fact as (is it well, sentence)."""
    from django.conf import settings
    from django.db import connection
    from django.db.utils import DatabaseError

    from talanoa.commandline import domain
    from talanoa.mail.dns import Dns

    configuration = settings.TALANOA
    try:
        pending = waiting_migrations()
    except DatabaseError as fault:
        yield False, f"The database does not answer: {fault}"
        return
    kind = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    state = f"; {pending} migrations are waiting: run `talanoa migrate`." if pending else ", up to date."
    yield not pending, f"The database is {kind}{state}"
    yield from _durability(connection)
    free = shutil.disk_usage(configuration.home).free
    yield free > 1 << 30, f"The state folder {configuration.home.resolve()} has {free / (1 << 30):.1f} GiB free."
    yield _post_office(configuration.smtp_url)
    if configuration.dkim_key:
        yield _keys(configuration.mail_domain)
    else:
        yield True, "Mail is not signed here (TALANOA_DKIM_KEY is empty); let the post office sign it."
    if ask_dns:
        yield from domain.findings(configuration, Dns())
    if configuration.providers and importlib.util.find_spec("anymail") is None:
        yield False, "TALANOA_PROVIDERS is set, but django-anymail is missing; install requirements/server.lock."
    if not configuration.authserv_id:
        yield True, "No Authentication-Results are believed (TALANOA_AUTHSERV_ID is empty); posts to hidden communities always wait."
    if configuration.base_url.startswith("https://") and not configuration.proxy:
        yield False, "TALANOA_BASE_URL is https but TALANOA_PROXY is no: all visitors look like one, and share 20 sign-in links an hour."
    loopback = urlsplit(configuration.base_url).hostname in ("localhost", "127.0.0.1", "::1")
    yield configuration.base_url.startswith("https://") or loopback, f"Members reach the pages at {configuration.base_url}" + (
        "." if configuration.base_url.startswith("https://") or loopback else "; without https links and sessions can be read on the way."
    )
    if not pending:
        yield from _house(configuration.mail_domain)


def _durability(connection: Any) -> Iterator[tuple[bool, str]]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                cursor.execute(f"SHOW {name}")
                value = cursor.fetchone()[0]
                if value == "off":
                    yield False, f"PostgreSQL has {name} off: a power cut would lose mail that was accepted."
        else:
            cursor.execute("PRAGMA synchronous")
            if cursor.fetchone()[0] < 2:
                yield False, "SQLite does not wait for the disk: a power cut would lose mail that was accepted."


def _post_office(url: str) -> tuple[bool, str]:
    from talanoa.mail.sending.dialling import Route

    route = Route.of(url)
    try:
        socket.create_connection((route.host, route.port), timeout=5).close()
    except OSError as fault:
        return False, f"The post office at {route.host}:{route.port} does not answer: {fault.strerror or fault}. Mail waits until it does."
    return True, f"The post office at {route.host}:{route.port} answers."


def _keys(domain: str) -> tuple[bool, str]:
    from talanoa.mail.sending.dkim import CannotSign, keys

    try:
        found = keys()
    except CannotSign as fault:
        return False, str(fault)
    names = " and ".join(f"{key.selector}._domainkey.{domain} ({key.algorithm})" for key in found)
    return True, f"Mail is signed; the public key must stand in DNS at {names}."


def _house(domain: str) -> Iterator[tuple[bool, str]]:
    from talanoa.communities.lookups import facilitators
    from talanoa.communities.models import Community
    from talanoa.mail.lookups import unaccounted
    from talanoa.mail.models import Delivery, Received
    from talanoa.moderation.lookups import all_waiting

    communities = list(Community.objects.order_by("slug"))
    yield True, f"Communities: {', '.join(one.slug for one in communities) or 'none yet; `talanoa community create` founds one'}."
    for one in communities:
        if one.address.rpartition("@")[2] != domain:
            yield False, f"{one.slug} has the address {one.address}, but bounces come back to {domain} (TALANOA_MAIL_DOMAIN)."
        if not facilitators(one).exists():
            how = f"`talanoa members add {one.slug} ADDRESS --role facilitator` appoints one."
            yield False, f"{one.slug} has no facilitator: nobody can approve its mail. {how}"
    waiting = Delivery.objects.filter(state="waiting").count()
    yield True, f"Waiting: {all_waiting().count()} held mails, {waiting} copies to be delivered."
    aside = Received.objects.filter(state=Received.State.SET_ASIDE).count()
    yield not aside, f"{aside} mails are set aside; `talanoa mail log` says why." if aside else "No mail is set aside."
    lost = unaccounted(datetime.now(UTC))
    yield not lost, f"{lost} mails have waited for more than ten minutes: is a worker running?" if lost else "Every mail has its fate."
