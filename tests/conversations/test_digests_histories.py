"""O9 over random histories: posts, approvals, take-downs, pauses, changes of delivery, deaths of the worker, and time."""

import itertools
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from cast import address, gather
from path import Path, letter
from scenes import scene
from talanoa.communities import actions as communities
from talanoa.communities.models import Membership
from talanoa.conversations import actions
from talanoa.conversations.digesting import actions as digesting
from talanoa.conversations.models import Digest, Post
from talanoa.mail.models import Delivery
from talanoa.moderation import actions as moderation
from talanoa.moderation.models import Held
from talanoa.people import actions as people

pytestmark = pytest.mark.django_db
NAMES = ("ana", "ben", "chandra", "noa")
ZONES = {"ana": "Pacific/Apia", "ben": "Pacific/Port_Moresby", "chandra": "Europe/Paris", "noa": "UTC"}
who = st.sampled_from(NAMES)
kinds = st.sampled_from(["each", "daily", "weekly", "monthly", "subjects", "none"])
DIGESTS = {"daily", "weekly", "monthly", "subjects"}


class Killed(BaseException):
    pass


class Histories(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.alone = transaction.atomic()
        self.alone.__enter__()
        self.cast, self.walk, self.ids = scene(gather), Path(), itertools.count()
        # The night in which Paris puts its clocks forward is among the days.
        self.now = datetime(2026, 3, 26, 5, 0, tzinfo=UTC)
        self.owed = {name: set() for name in NAMES}  # the model: what each must find in a digest, once
        self.copied = {name: set() for name in NAMES}
        self.gone, self.gone_sent, self.left = set(), set(), set()
        for name, zone in ZONES.items():
            people.describe(getattr(self.cast, name), timezone=zone)
        for name, kind in zip(NAMES, ("each", "daily", "weekly", "subjects"), strict=True):
            self.choose(name, kind)

    def teardown(self):
        if not hasattr(self, "alone"):
            return
        try:
            for name in NAMES:
                if name not in self.left:
                    self.resume(name)
            self.later(24 * 40)
            self.later(1)
            for name in NAMES:
                if name not in self.left:
                    found = self.in_digests(name)
                    assert [pk for pk in found if pk not in self.gone] == sorted(self.owed[name] - self.gone), name
        finally:
            transaction.set_rollback(True)
            self.alone.__exit__(None, None, None)

    def member(self, name):
        return Membership.objects.select_related("person", "community").get(person=getattr(self.cast, name), community=self.cast.mdg)

    def paused(self, member):
        from talanoa.communities import rules

        return rules.is_suspended(rules.local_day(self.now, member.person.timezone), member.suspended_from, member.suspended_until)

    def in_digests(self, name):
        """Numbers of the posts in the digests for somebody that left or may leave, with repetitions."""
        letters = Delivery.objects.filter(lane=Delivery.Lane.DIGEST, address=address(name), state__in=("waiting", "sent")).values("outgoing")
        return sorted(pk for posts in Digest.objects.filter(outgoing__in=letters).values_list("posts", flat=True) for pk in posts)

    def note(self, post):
        for name in NAMES:
            member = self.member(name)
            if member.left_at is None and member.delivery in DIGESTS:
                self.owed[name].add(post.pk)
            elif member.left_at is None and member.delivery == "each" and not self.paused(member):
                self.copied[name].add(post.pk)

    def raw(self):
        return letter(address("ben"), subject=f"Of {next(self.ids)}", Message_ID=f"<{next(self.ids)}@people.example>")

    @rule(count=st.integers(1, 3))
    def post(self, count):
        for _ in range(count):
            raw = self.raw() if "ben" not in self.left else self.raw().replace(b"ben@", b"ana@")
            if (received := self.walk(raw, at=self.now)).fate == "posted":
                self.note(received.post)

    @rule()
    def hold(self):
        communities.arrange(self.cast.mdg, moderated=True)
        kept = self.walk(self.raw().replace(b"ben@", b"chandra@"), at=self.now)
        communities.arrange(self.cast.mdg, moderated=False)
        assert kept.fate == "held"

    @rule()
    def approve(self):
        if held := Held.objects.filter(decision="").first():
            moderation.approve(held, by=self.cast.ana, at=self.now)
            self.walk.sort(self.now)
            self.note(Post.objects.get(received=held.received))

    @rule(data=st.data())
    def take_down(self, data):
        waiting = Delivery.objects.filter(lane=Delivery.Lane.DIGEST, state="waiting").values("outgoing")
        inside = {pk for posts in Digest.objects.filter(outgoing__in=waiting).values_list("posts", flat=True) for pk in posts}
        standing = Post.objects.filter(community=self.cast.mdg, withdrawn_at=None).order_by("-pk")
        if posts := list(standing.filter(pk__in=inside)) or list(standing[:6]):
            post = data.draw(st.sampled_from(posts))
            for name in NAMES:
                sent = Delivery.objects.filter(lane=Delivery.Lane.DIGEST, address=address(name), state="sent").values("outgoing")
                if any(post.pk in row for row in Digest.objects.filter(outgoing__in=sent).values_list("posts", flat=True)):
                    self.gone_sent.add((name, post.pk))
            self.gone.add(post.pk)
            actions.withdraw(post, at=self.now)

    @rule(name=who, kind=kinds)
    def choose(self, name, kind):
        if name not in self.left:
            communities.choose_delivery(self.member(name), at=self.now, delivery=kind)

    @rule(name=who, hour=st.integers(0, 23))
    def choose_hour(self, name, hour):
        if name not in self.left:
            communities.choose_delivery(self.member(name), at=self.now, digest_hour=hour)

    @rule(name=who, begin=st.integers(-1, 3), days=st.one_of(st.none(), st.integers(0, 12)))
    def pause(self, name, begin, days):
        if name not in self.left:
            since = self.now.date() + timedelta(days=begin)
            communities.suspend(self.member(name), since=since, until=None if days is None else since + timedelta(days=days), at=self.now)

    @rule(name=who)
    def resume(self, name):
        if name not in self.left:
            communities.suspend(self.member(name), since=None, until=None, at=self.now)

    @rule(name=st.sampled_from(["chandra", "noa"]))
    def leave(self, name):
        if self.now.day == 29:  # rarely
            communities.leave(self.cast.mdg, getattr(self.cast, name), at=self.now)
            self.left.add(name)

    @rule(name=who)
    def deliver(self, name):
        Delivery.objects.filter(state="waiting", address=address(name)).update(state="sent")

    @rule(hours=st.sampled_from([9, 24, 170]))
    def a_day_passes(self, hours):
        self.post(2)
        self.later(hours)

    @rule(hours=st.sampled_from([0, 1, 5, 11, 24, 25, 70, 200]))
    def later(self, hours):
        self.now += timedelta(hours=hours, minutes=3 if hours else 0)
        before = Digest.objects.count(), [len(self.in_digests(name)) for name in NAMES]
        actions.tend(at=self.now)
        after = [len(self.in_digests(name)) for name in NAMES]
        for name, had, has in zip(NAMES, before[1], after, strict=True):
            member = self.member(name)
            assert had == has or not (self.paused(member) or name in self.left)
        actions.tend(at=self.now)
        assert after == [len(self.in_digests(name)) for name in NAMES]

    @rule(hours=st.sampled_from([1, 24, 200]))
    def die_while_tending(self, hours):
        self.now += timedelta(hours=hours)
        before = [self.in_digests(name) for name in NAMES]
        with mock.patch.object(actions.communities, "note_digested", side_effect=Killed):
            try:
                actions.tend(at=self.now)
            except Killed:
                pass
        assert before == [self.in_digests(name) for name in NAMES]

    @invariant()
    def nothing_comes_twice_and_nothing_that_was_not_meant(self):
        if not hasattr(self, "alone"):
            return
        for name in NAMES:
            found = self.in_digests(name)
            assert len(found) == len(set(found)), f"{name} got something twice"
            assert set(found) <= self.owed[name]
            assert not set(found) & self.copied[name]
            assert all((name, pk) in self.gone_sent for pk in set(found) & self.gone), f"{name} got what was taken down"


def test_each_circulated_post_is_in_exactly_one_digest_of_each_digest_member():
    """O9: crash between build and send neither loses nor repeats."""
    play(5)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_two_hundred_histories():
    """O9, at length."""
    play(200)


def play(histories):
    # Some histories last longer than digests are kept, and what stands in them is what is counted here.
    with mock.patch.object(digesting, "DIGESTS_KEPT", timedelta(days=3650)):
        run_state_machine_as_test(
            Histories,
            settings=settings(
                max_examples=histories, stateful_step_count=25, deadline=None, database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
