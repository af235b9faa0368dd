"""E22: ten minutes of delivery reports, real and forged, beside the daily mail."""

import os
import random
import statistics
import time
from datetime import timedelta
from pathlib import Path

import pytest

from path import NOW, copies, letter
from talanoa.communities import actions as communities
from talanoa.mail import tokens
from talanoa.mail.actions import note_tried
from talanoa.mail.sending.outcomes import Outcome, Tried
from talanoa.people import actions as people
from talanoa.people.models import Address, Bounce

DATA = Path(os.environ.get("TALANOA_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data") / "bounces"
BEN = "Ben Okafor <ben@people.example>"


def storm(cast, walk, reports: int) -> dict[str, list[float]]:
    """So many reports in ten minutes: a tenth with a living token, the rest with made-up, foreign and broken ones.

    Returns the seconds that ordinary mails took before it and amid it.
    """
    files = [path.read_bytes() for path in sorted(DATA.rglob("*")) if path.suffix in {".eml", ".txt"}]
    if not files:
        pytest.skip("The public bounces are not here; TALANOA_TEST_DATA says where they are.")
    for number in range(40):
        person = people.introduce(f"m{number}@people.example", at=NOW, name=f"Member {number}")
        communities.join(cast.mdg, person, at=NOW)
    walk(letter(BEN))
    sent = copies()
    note_tried([Tried(one.pk, Outcome.SENT, "250 ok") for one in sent], claim="", at=NOW)
    chosen = random.Random(22)
    living = {tokens.seal("bounce", one.pk) for one in sent}
    wrong = [lambda: chosen.randbytes(12).hex(), lambda: "", lambda: tokens.seal("leave", sent[0].pk), lambda: "0" * 200]
    ordinary = {"before": [], "amid": []}

    def daily(when, at):
        began = time.perf_counter()
        assert walk(letter(BEN, subject=f"Births {at:%H%M%S%f}"), at=at).fate == "posted"
        ordinary[when].append(time.perf_counter() - began)

    for number in range(20):
        daily("before", NOW + timedelta(seconds=number))
    for number in range(reports):
        at = NOW + timedelta(minutes=1, seconds=600 * number / reports)
        token = chosen.choice(sorted(living)) if chosen.random() < 0.1 else chosen.choice(wrong)()
        before = Bounce.objects.count()
        walk(chosen.choice(files), to=f"mdg-bounces+{token}@lists.example.org", sender="", at=at)
        assert token in living or Bounce.objects.count() == before, "a report without a living token changed a score"
        if number % max(reports // 20, 1) == 0:
            daily("amid", at)
    assert Bounce.objects.count() <= len(sent)  # once for each copy, however often it is reported
    assert not Address.objects.filter(unreachable_since__isnull=False).exists()  # L6: nobody within three days
    return ordinary


@pytest.mark.django_db
def test_e22_a_storm_of_reports_silences_nobody(cast, walk):
    storm(cast, walk, 150)


@pytest.mark.long
@pytest.mark.django_db
def test_e22_ten_thousand_reports_silence_nobody(cast, walk):
    ordinary = storm(cast, walk, 10_000)
    p95 = {when: statistics.quantiles(those, n=20)[-1] for when, those in ordinary.items()}
    assert p95["amid"] <= 2 * p95["before"] + 0.05
