"""O8, E19: a link, an answer by mail and the desk decide at the same moment; one of them does."""

import re
import threading

import pytest
from django.utils import timezone

from browsers import browser
from cast import address
from path import Path, letter, sent_bytes
from talanoa.conversations.models import Post
from talanoa.mail.models import Delivery, Received
from talanoa.moderation import actions
from talanoa.moderation.models import Held


@pytest.mark.parametrize("rounds", [6, pytest.param(200, marks=pytest.mark.long)])
@pytest.mark.django_db(transaction=True)
def test_races_of_link_mail_and_desk_end_in_one_outcome_each_and_the_others_are_told(cast, walk, rounds):
    from django.db import connection

    cast.mdg.moderated = True
    cast.mdg.save()
    told = []

    def race(act):
        try:
            told.append(act())
        except actions.AlreadyDecided as late:
            told.append(str(late))
        finally:
            connection.close()

    def by_link(token):
        return browser().post(f"/decide/{token}", {"decision": "approve"}).content.decode()

    def by_mail(kept):
        Path().sort(timezone.now())
        kept.refresh_from_db()
        return kept.note

    def on_the_desk(held):
        actions.reject(held, by=cast.ana, reason="Twice.", at=timezone.now())
        return "decided here"

    for number in range(rounds):
        del told[:]
        walk(letter(address("ben"), subject=f"Race {number}"), at=timezone.now())
        held = Held.objects.latest("pk")
        notice = Delivery.objects.filter(address=address("ana"), lane=Delivery.Lane.PERSONAL).latest("pk")
        token = re.search(r"mdg-confirm\+([a-z2-7]{32})@", sent_bytes(notice.outgoing).decode())[1]
        ticket = f"mdg-confirm+{token}@lists.example.org"
        kept = walk.keep(letter(address("ana"), to=ticket, text="approve"), to=ticket, at=timezone.now())
        acts = [lambda one=token: by_link(one), lambda one=kept: by_mail(one), lambda one=held: on_the_desk(one)]
        threads = [threading.Thread(target=race, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(told) == 3
        assert sum("this message already, at" in one.replace("&#39;", "'") for one in told) == 2, told
        walk.sort(timezone.now())
    approved = Held.objects.filter(decision="approved").count()
    assert approved + Held.objects.filter(decision="rejected").count() == rounds
    assert Post.objects.count() == Received.objects.filter(fate="posted").count() == approved
