"""Fills a house for the browser, in a process of its own; prints the paths of its pages."""

import json
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "talanoa.settings"
sys.path.insert(0, str(Path(__file__).parent.parent))


def bounced(address: str, delivery: int, at: datetime) -> None:
    from talanoa.people import actions as people

    words = "550 5.1.1 Recipient address rejected: User unknown in local recipient table"
    people.note_bounced(
        address, delivery=delivery, list_address="mdg@lists.example.org", permanent=True, reason="user-unknown", words=words, at=at
    )


def furnish() -> None:
    import django

    django.setup()
    from attacks import mails
    from consulted import consult
    from discussed import discuss
    from django.db import transaction
    from django.utils import timezone
    from published import publish

    from cast import address, gather
    from path import NOW, letter
    from path import Path as Walk
    from talanoa.communities import actions as communities
    from talanoa.communities.joining import actions as joining
    from talanoa.communities.models import Application
    from talanoa.mail.reading import parsing
    from talanoa.mail.tokens import seal
    from talanoa.moderation.models import Held
    from talanoa.people import actions as people
    from talanoa.people.models import Address
    from talanoa.queries import actions as queries_actions
    from talanoa.replies import actions as replies
    from talanoa.search import actions as search
    from world import build, lengthen

    with transaction.atomic():
        cast = gather()
        world = build(cast)
        long = lengthen(cast, 60)
        communities.arrange(cast.mdg, description="For those who count, and those who are counted.\n\nFounded in Apia.")
        communities.appoint(cast.mdg, cast.farid, "facilitator", at=NOW)
        people.add_address(cast.noa, "noa@old.example", at=NOW)
        for number, days in enumerate((6, 5, 3), 10**6):
            bounced("noa@old.example", number, timezone.now() - timedelta(days=days))
        bounced("noa@old.example", Address.objects.get(canonical="noa@old.example").probe, timezone.now())
        tala = people.introduce("tala@islands.example", at=NOW, name="Tala Ioane", role="Midwife", country="WS")
        joining.enter(cast.mdg, tala, words="I keep the register of births on Savai'i,\nand would like to compare.", at=NOW)
        application = Application.objects.get()
        walk = Walk()
        for raw in mails("other@lists.example.org"):
            walk(raw, to="other@lists.example.org", at=NOW)

        asked = queries_actions.ask(
            parsing.read(letter("Ben Okafor <ben@people.example>", subject="Counting births at home", text="Who counts births?\n\nAnd how?")),
            community=cast.mdg, asker=cast.ben, received=None, at=NOW,
        )  # fmt: skip
        queries_actions.circulate(asked, by=cast.ana, at=NOW, why="by telephone")
        walk(letter("Chandra Gurung <chandra@people.example>", subject=f"Re: {asked.post.subject}", text="We do, with a register."))
        summary = replies.begin(asked, by=cast.ana, at=NOW).sections.get(key="summary")
        replies.save(summary, "<h3>Registers</h3><p>Some keep them. <a href='#found'>found</a></p>", based_on="", by=cast.ana, at=NOW)
        replies.save(summary, "<h3>Registers</h3><p>Many keep them.</p>", based_on=summary.html, by=cast.farid, at=NOW)
        edited = queries_actions.ask(
            parsing.read(letter("Ben Okafor <ben@people.example>", subject="Girls who left school", text="What brings them back?")),
            community=cast.mdg, asker=cast.ben, received=None, at=NOW,
        )  # fmt: skip
        queries_actions.circulate(edited, by=cast.ana, at=NOW, why="by telephone")
        told = "Evening classes began at the water tap.\n\nNinety six girls sat the examination."
        walk(letter("Chandra Gurung <chandra@people.example>", subject=f"Re: {edited.post.subject}", text=told))
        early = queries_actions.ask(
            parsing.read(letter("Noa <noa@people.example>", subject="Water in schools", text="Who has wells?")),
            community=cast.mdg, asker=cast.noa, received=None, at=NOW,
        )  # fmt: skip

        saved = search.save_search("births", community=cast.mdg, how="weekly", by=cast.ben, at=NOW)
        search.give_feed(saved.pk, by=cast.ben)
        published = publish(cast, at=timezone.now()) | discuss(cast, walk) | consult(cast, timezone.now())

    def link(name: str) -> str:
        of = Address.objects.get(canonical=address(name))
        return people.make_sign_in_link(of, source="test", at=timezone.now(), lives=timedelta(hours=4))

    sys.stdout.write(
        json.dumps(
            {
                **published,
                "conversation": f"/c/mdg/conversations/{world.conversation.pk}",
                "long": f"/c/mdg/conversations/{long.pk}",
                "message": f"/c/mdg/m/{world.answer.key}",
                "similar": f"/c/mdg/m/{world.answer.key}/similar",
                "answer": f"/c/mdg/m/{world.answer.key}/answer",
                "privately": f"/c/mdg/m/{world.answer.key}/answer-privately",
                "public": f"/c/health/conversations/{world.public.pk}",
                "member": f"/c/mdg/members/{cast.ben.pk}",
                "decide": f"/decide/{people.issue('decide', address('ana'), at=timezone.now(), about=world.held.pk, words={'what': 'held'})}",
                "decided": f"/decide/{people.issue('decide', address('olga'), at=timezone.now(), about=world.held.pk, words={'what': 'held'})}",
                "newcomer": f"/moderation/newcomers/{application.pk}",
                "ban": f"/c/mdg/members/{cast.noa.pk}/ban",
                "banned": f"/c/mdg/members/{cast.bram.pk}/ban",
                "withdraw": f"/c/mdg/m/{world.answer.key}/withdraw",
                "held": f"/moderation/{world.held.pk}",
                "workplace": f"/queries/{asked.pk}",
                "early": f"/queries/{early.pk}",
                "making": f"/queries/{asked.pk}/reply",
                "versions": f"/queries/{asked.pk}/reply/sections/summary/versions",
                "edited": f"/queries/{edited.pk}/reply",
                "approach": f"/queries/{asked.pk}/approach/{cast.noa.pk}",
                "original": f"/log/{world.answer.received_id}",
                "aside": f"/log/{world.aside.pk}",
                "leave": f"/leave/{seal('leave', cast.membership(cast.noa, cast.mdg).pk)}",
                "ended search": f"/searches/end/{seal('saved search', saved.pk)}",
                "links": {name: f"/sign-in/{link(name)}" for name in ("ana", "ben", "chandra", "farid", "noa", "opal")},
                "attacks": list(Held.objects.filter(community=cast.other, decision="").values_list("pk", flat=True)),
            }
        )
    )


if __name__ == "__main__":
    furnish()
