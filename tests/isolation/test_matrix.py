"""Nobody sees what is not theirs: every address, by everybody (reliability, section 4).

P1, P2, P3, P4, P5, P9, A3, A11. A new address fails `test_every_address_has_a_row` until it has one.
"""

import pytest
from canaries import STANDING, canary, fill
from django.urls import URLResolver, get_resolver
from everywhere import SELDOM, WALKERS, contents, due, leaks, look, walk
from rows import OF_A_COMMUNITY, OF_THE_SITE, paths

from path import NOW
from scenes import scene
from talanoa.communities import actions as communities
from talanoa.communities import lookups
from talanoa.moderation import lookups as moderation


@pytest.fixture
def worlds(cast, catch_up):
    made = scene(fill, cast)
    catch_up()
    return made


def names(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns)
        else:
            yield pattern.name


def put_away(answer):
    """Close the file that an answer holds and nobody read."""
    for close in getattr(answer, "_resource_closers", ()):
        close()


def first_of_each(worlds) -> dict[str, str]:
    """One path for each address."""
    return {name: path for name, path, _slug, _shown in reversed(paths(worlds))}


def of_each_community(worlds) -> list[str]:
    """One path for each address and community, those first on which something stands."""
    return list({(name, slug): path for name, path, slug, shown in sorted(paths(worlds), key=lambda row: not row[3])}.values())


def test_every_address_has_a_row():
    assert set(names(get_resolver("talanoa.urls").url_patterns)) == set(OF_A_COMMUNITY) | set(OF_THE_SITE)


def test_p1_nobody_sees_a_canary_that_is_not_theirs_and_a3_looking_changes_nothing(worlds):
    walked = walk(worlds)
    assert list(leaks(walked.told)) == []
    assert walked.unchanged


def test_whoever_may_see_does_see(worlds):
    """The positive control: a page that shows nothing to anybody would pass every other test."""
    told = walk(worlds).told
    assert [
        (principal, path, told[principal, path].status, kind)
        for principal in STANDING
        for path, slug, kinds in due(worlds, principal)
        for kind in kinds
        if canary(slug, kind) not in told[principal, path].canaries
    ] == []


def test_p2_forbidden_is_not_found_to_the_byte(worlds):
    told = walk(worlds).told
    key = worlds.posts["mdg"].key
    made_up = "B" * 32 if key[0] == "A" else "A" * 32
    different = []
    for principal in STANDING:
        browser = worlds.browser(principal)
        nothing = look(browser, "/c/mdg/m/nothing")
        assert nothing.status == 404
        assert look(browser, f"/c/mdg/m/{made_up}") == look(browser, "/c/no-such-place") == nothing
        for name, path, slug, _shown in paths(worlds):
            answer = told.get((principal, path))
            if answer is None or slug is None or name in {"leave-community", "open-held", "put-back"}:
                continue
            if answer.status == 404:
                if answer != nothing:
                    different.append((principal, path))
            elif name in {"conversation", "message", "similar", "attachment", "held", "original", "raw", "sent"}:
                # What is shown is shown to nobody who may not read at least the community's words.
                assert STANDING[principal].get(slug) or slug == "health", (principal, path)
    assert different == []


@pytest.mark.parametrize("principal", ["anonymous", "ben", "ana", "opal"])
def test_a3_asking_about_a_page_changes_nothing(worlds, principal):
    browser = worlds.browser(principal)
    before = contents()
    for path in first_of_each(worlds).values():
        for method in (browser.head, browser.options):
            answer = method(path)
            put_away(answer)
            assert answer.status_code < 500
    assert contents() == before


@pytest.mark.parametrize("principal", ["anonymous", "stale cookie", "ended session", "olga", "xenia", "bram", "farid"])
def test_a11_who_cannot_read_cannot_change(worlds, principal):
    """Every address of mdg and core, with every method that could write and forms that would be understood."""
    browser = worlds.browser(principal)
    forms = {
        "decision": "approve", "what": "ban", "text": "x", "subject": "x", "reason": "x", "to": "health", "delivery": "none", "visibility": "public",
        "confirm": "MDG Pacific", "name": "x", "language": "en", "timezone": "UTC", "replies_go_to": "group", "first_posts_held": "0", "daily_cap": "0",
    }  # fmt: skip
    before = contents()
    those = [(name, path) for name, path, slug, _shown in paths(worlds) if slug in {"mdg", "core"}]
    once = first_of_each(worlds)
    for name, path in those[:: 1 if principal in WALKERS else SELDOM]:
        assert browser.post(path, forms).status_code in {302, 404, 405}, (name, path)
        if SELDOM == 1 or once.pop(name, None):  # what a view makes of a method does not hang on the path
            for method in (browser.put, browser.patch, browser.delete):
                assert method(path).status_code in {302, 404, 405}, (name, path)
    assert contents() == before


def test_a11_members_cannot_do_what_is_the_facilitators(worlds):
    for principal in ("ben", "noa", "chandra", "sefa"):
        browser = worlds.browser(principal)
        before = contents()
        for name, path, _slug, _shown in paths(worlds):
            if name in {"held", "open-held", "put-back", "settings", "end-session", "ban", "withdraw", "newcomer"}:
                assert browser.post(path, {"decision": "approve", "name": "x", "what": "ban", "reason": "x"}).status_code in {302, 404}
        if principal != "sefa":
            assert contents() == before


@pytest.mark.django_db(transaction=True, reset_sequences=True)  # the numbers that are tried begin at 1
def test_p1_private_things_leave_no_trace_for_others(cast, catch_up):
    """The twin worlds: what others are answered is the same, to the byte, with and without the private things."""
    visited = ["/", "/c/mdg", "/c/other", "/c/core", "/c/vault", "/c/vault/conversations", "/c/mdg/conversations", "/c/mdg/members", "/moderation", "/log"]
    visited += ["/search?q=kind:member", "/search?q=vault", "/c/vault/search?q=vault", "/c/mdg/search?q=vault"]
    visited += [f"/c/{slug}/{page}/{pk}" for slug in ("mdg", "core", "vault") for page in ("conversations", "members", "sent") for pk in range(1, 6)]
    visited += [f"/{page}/{pk}" for page in ("moderation", "log") for pk in range(1, 6)]

    def visits():
        from browsers import browser

        strangers = {"anonymous": browser(), "olga": browser(cast.olga), "xenia": browser(cast.xenia), "bram": browser(cast.bram)}
        return {(who, path): look(one, path) for who, one in strangers.items() for path in visited}

    for slug in ("mdg", "other", "health", "core"):
        communities.arrange(getattr(cast, slug), description=canary(slug, "about"))
    catch_up()
    without = visits()
    vault = communities.found("vault", name="Vault", address="vault@lists.example.org", at=NOW, visibility="hidden", parent=cast.mdg)
    communities.join(vault, cast.chandra, at=NOW)
    communities.appoint(vault, cast.chandra, "facilitator", at=NOW)
    worlds = fill(cast)
    catch_up()
    assert worlds.posts["mdg"].conversation_id < 6
    assert {asked: answer for asked, answer in visits().items() if answer != without[asked]} == {}


def test_p3_what_ends_ends_at_once(worlds):
    cast = worlds.cast
    ben, ana, stranger = worlds.browser("ben"), worlds.browser("ana"), worlds.browser("anonymous")
    mdg, health = f"/c/mdg/m/{worlds.posts['mdg'].key}", f"/c/health/m/{worlds.posts['health'].key}"
    held = f"/moderation/{worlds.held['mdg'].pk}"
    assert [one.get(path).status_code for one, path in ((ben, mdg), (ana, held), (stranger, health))] == [200, 200, 200]
    communities.ban(cast.membership(cast.ben, cast.mdg), at=NOW)
    communities.dismiss(cast.mdg, cast.ana, "facilitator", at=NOW)
    communities.arrange(cast.health, visibility="members")
    assert [one.get(path).status_code for one, path in ((ben, mdg), (ana, held), (stranger, health))] == [404, 404, 404]
    assert ana.get(mdg).status_code == 200
    communities.leave(cast.mdg, cast.ana, at=NOW)
    assert ana.get(mdg).status_code == 404
    assert ana.get(f"/c/core/m/{worlds.posts['core'].key}").status_code == 404  # who leaves above leaves below


def test_p3_what_is_withdrawn_is_gone_with_its_files(worlds):
    from talanoa.conversations.actions import withdraw

    post = worlds.posts["health"]
    file = f"/c/health/m/{post.key}/attachments/{post.attachments.get().pk}"
    withdraw(post, at=NOW)
    for principal in ("anonymous", "ben", "ana"):
        browser = worlds.browser(principal)
        for path in (f"/c/health/m/{post.key}", file, f"/c/health/conversations/{post.conversation_id}"):
            assert browser.get(path).status_code == 404
        assert canary("health", "subject") not in look(browser, "/c/health/conversations").canaries


ALLOW_ALL = [
    ("reads", lambda patch: patch.setattr(lookups.Standing, "reads", property(lambda _: True))),
    ("sees", lambda patch: patch.setattr(lookups.Standing, "sees", property(lambda _: True))),
    ("meets", lambda patch: patch.setattr(lookups.Standing, "meets", property(lambda _: True))),
    ("facilitates", lambda patch: patch.setattr(lookups.Standing, "facilitates", property(lambda _: True))),
    ("facilitated", lambda patch: patch.setattr(moderation, "facilitated", lambda _: lookups.Community.objects.all())),
    ("visible", lambda patch: patch.setattr("talanoa.website.views.visible", lambda _: lookups.Community.objects.all())),
]


@pytest.mark.parametrize(("question", "sabotage"), ALLOW_ALL, ids=[name for name, _ in ALLOW_ALL])
def test_the_matrix_notices_each_question_that_is_answered_with_yes(worlds, monkeypatch, question, sabotage):
    """Mutation: a check that allows all must not pass unseen."""
    sabotage(monkeypatch)
    if question == "facilitates":  # writes and settings rather than words hang on it
        assert worlds.browser("ben").get("/c/mdg/settings").status_code == 200
    elif question == "sees":
        assert worlds.browser("olga").get("/c/core").status_code == 200
    else:
        browsers = {principal: worlds.browser(principal) for principal in ("olga", "farid")}
        seen = ({(principal, path): look(browser, path)} for path in of_each_community(worlds) for principal, browser in browsers.items())
        assert any(found for told in seen for found in leaks(told))
