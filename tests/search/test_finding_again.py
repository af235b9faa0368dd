"""What was said is found again by whoever may read it, and by nobody else (P1, P2, P3)."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import world
from path import NOW, letter
from talanoa.commandline import archives, main
from talanoa.communities import actions as communities
from talanoa.conversations import actions as conversations
from talanoa.conversations.models import Post
from talanoa.migration import importing
from talanoa.moving import actions as moving
from talanoa.people import actions as people
from talanoa.replies import actions as replies
from talanoa.search import actions, authors, feeding, lookups
from talanoa.search.actions import tend

pytestmark = pytest.mark.django_db


@pytest.fixture
def lived(cast, catch_up):
    made = world.build(cast)
    catch_up()
    return made


def titles(words, person, **more):
    return [one.shown.title for one in lookups.find(words, person=person, **more).found]


def kinds(words, person, **more):
    return [one.shown.kind for one in lookups.find(words, person=person, **more).found]


def test_looking_everywhere_asks_the_database_no_more_often_where_there_are_more_communities(lived, catch_up):
    ben = lived.cast.ben

    def asked(words):
        with CaptureQueriesContext(connection) as asked:
            assert lookups.find(words, person=ben).found
        return len(asked)

    before = {words: asked(words) for words in ("births", "kind:member registers")}
    for number in range(5):
        place = communities.found(f"place{number}", name=f"Place {number}", address=f"place{number}@lists.example.org", at=NOW)
        communities.join(place, lived.cast.ana, at=NOW)
    catch_up()
    assert {words: asked(words) for words in before} == before


def test_words_are_found_by_stem_case_and_accent_with_the_best_passage_marked(lived):
    found = lookups.find("REGISTERING midwives figure", person=lived.cast.ben).found
    assert found[0].shown.conversation == lived.conversation.pk
    marked = [piece.words for piece in found[0].passage if piece.marked]
    assert "register" in marked
    assert "midwives" in marked


def test_a_conversation_stands_once_and_says_how_many_more(lived):
    results = lookups.find("nurses OR births", person=lived.cast.ben)
    assert len({one.shown.conversation for one in results.found if one.shown.conversation}) == len(results.found)
    assert results.found[0].more >= 1
    within = lookups.find("births", person=lived.cast.ben, conversation=lived.conversation.pk)
    assert len(within.found) >= 2
    assert {one.shown.conversation for one in within.found} == {lived.conversation.pk}


def test_nobody_finds_what_they_may_not_read_nor_a_trace_of_it(lived):
    """P1, P2: hits, counts, facets and suggestions are those of a house in which the private thing is not."""
    cast = lived.cast
    assert titles("three names", cast.chandra) == ["Whom we invite"]
    for person in (cast.ben, cast.farid, cast.olga, cast.xenia, cast.bram, None):
        results = lookups.find("invite", person=person)
        assert (results.found, results.total(), results.instead) == ([], 0, "")
        assert not any(results.facets().values())
        assert lookups.find("invyte", person=person).instead == ""
    assert titles("clean water", None) == ["Clean water in schools"]
    assert lookups.find("midwife", person=None).total() == 0


def test_strangers_read_no_address(lived):
    shown = lookups.find("survey", person=None).found[0]
    assert "ben@people.example" not in "".join(piece.words for piece in shown.passage)


def test_what_is_misspelt_is_forgiven(lived):
    ben = lived.cast.ben
    for typed, right in {"midwivez": "midwives", "kind:post midwivse": "kind:post midwives", '"vilage nurses"': '"village nurses"'}.items():
        results = lookups.find(typed, person=ben)
        assert (results.forgiven, results.instead) == (True, right)
        assert [one.shown.path for one in results.found] == [one.shown.path for one in lookups.find(right, person=ben).found]
        assert results.found
    some = lookups.find("nurses midwivse", person=ben)
    assert (some.forgiven, some.instead) == (False, "nurses midwives")
    assert some.found
    assert lookups.find("midwivez", person=ben, after=10).found == []
    assert lookups.find("nurses midwives", person=ben).instead == ""
    assert lookups.find("zzzzzzz", person=ben).instead == ""


def test_who_watches_for_a_word_is_not_told_of_another(lived):
    saved = actions.save_search("midwivez", community=lived.cast.mdg, how="daily", by=lived.cast.ben, at=NOW - timedelta(days=900))
    assert lookups.found_for(saved, limit=10) == []
    assert lookups.new_for(saved, NOW + timedelta(days=1)) == []


NARROWED = {
    "births from:chandra": 1, "births from:farid": 0, '"trained personnel"': 1, '"personnel trained"': 0,
    "births year:2026": 1, "births year:2009..2012": 0, "year:..2030 births": 1, "births country:Nepal": 1,
    "births country:np -counting": 0, "births has:attachment": 1, "water has:attachment": 0, "kind:member statistician": 1,
    "kind:query births": 0, "-births": 0, "": 0, "القابلات": 1,
}  # fmt: skip


def test_a_question_is_narrowed(lived):
    assert {words: len(lookups.find(words, person=lived.cast.ben).found) for words in NARROWED} == NARROWED


def test_what_is_taken_down_is_gone_even_before_the_index_knows(lived, catch_up):
    """P3."""
    conversations.withdraw(lived.first, at=NOW, by=lived.cast.ana)
    shown = [one.shown.path for one in lookups.find("midwife outer islands", person=lived.cast.ben).found]
    assert f"/c/mdg/m/{lived.first.key}" not in shown
    catch_up()
    assert lookups.find('"village nurses" skilled', person=lived.cast.ben, conversation=lived.conversation.pk).total() == 0
    assert all(one.level for one in feeding.verify())


def test_members_are_found_by_what_they_tell_and_not_after_they_left(lived, catch_up):
    cast = lived.cast
    assert kinds("statistician", cast.ana) == ["member"]
    assert kinds("statistician", cast.farid) == []
    people.describe(cast.ben, role="Demographer")
    communities.leave(cast.health, cast.ben, at=NOW)
    catch_up(NOW + timedelta(minutes=1))
    assert (kinds("statistician", cast.ana), kinds("demographer", cast.ana)) == ([], ["member"])
    communities.leave(cast.mdg, cast.ben, at=NOW)
    assert kinds("demographer", cast.ana) == []
    catch_up(NOW + timedelta(minutes=2))
    assert lookups.find("demographer", person=cast.ana).total() == 0


def test_a_new_name_and_country_are_on_old_messages_too_and_the_old_ones_on_none(lived, walk, catch_up, monkeypatch):
    """P1: who takes something out of a profile is not found by it any more; in pieces, and nothing stands in the index twice."""
    monkeypatch.setattr(authors, "POSTS", 2)
    cast = lived.cast
    entries = lookups.find("year:2026", person=cast.ana).total()
    here = lookups.find("from:chandra", person=cast.ana)
    assert here.found
    shown = lookups.find("country:np", person=cast.ana).total()
    people.describe(cast.chandra, name="Indira Rao", country="FJ")
    walk(letter("chandra <chandra@people.example>", subject="Rain", text="Who measures rain?"))
    catch_up(NOW + timedelta(minutes=1))
    renamed = lookups.find("from:indira", person=cast.ana)
    assert renamed.total() == here.total() + 1
    assert {value for value, _ in renamed.facets()["country"]} == {"FJ"}
    assert lookups.find("country:np", person=cast.ana).total() < shown
    assert lookups.find("year:2026", person=cast.ana).total() == entries + 1
    assert all(one.level for one in feeding.verify())


def test_who_was_found_to_be_one_has_all_messages(lived, catch_up):
    cast = lived.cast
    both = lookups.find("from:chandra", person=cast.ana).total() + lookups.find("from:ben", person=cast.ana).total()
    moving.merge(cast.ben, cast.chandra, by=None, at=NOW)
    catch_up(NOW + timedelta(minutes=1))
    assert dict(lookups.find("year:2026", person=cast.ana).facets()["person"]).get(cast.chandra.pk) is None
    assert lookups.find("from:ben", person=cast.ana).total() >= both - 1  # two profiles are one


def test_messages_that_are_alike_are_told(lived, walk, catch_up):
    sender = "Ben Okafor <ben@people.example>"
    walk(letter(sender, subject="Registers of births", text="Births attended by trained nurses on outer islands: who counts them in the register?"))
    catch_up()
    new = Post.objects.get(subject="Registers of births")
    alike = lookups.similar(new, person=lived.cast.chandra)
    assert alike[0].shown.conversation == lived.conversation.pk
    assert lookups.similar(new, person=lived.cast.farid) == []


def test_another_database_under_the_index_is_noticed(lived, catch_up):
    """A backup that was put back has fewer changes than the index saw."""
    Post.objects.filter(community=lived.cast.mdg).update(changed=1)
    catch_up()
    assert all(one.level for one in feeding.verify())
    assert titles("midwife", lived.cast.ben)


def test_a_crash_before_a_commit_leaves_no_gap(lived, walk, catch_up, monkeypatch):
    walk(letter("Ben Okafor <ben@people.example>", subject="Tide gauges", text="Who reads the tide gauges?"))
    with monkeypatch.context() as broken:
        broken.setattr("talanoa.search.engine.Writer.commit", lambda self: (_ for _ in ()).throw(OSError("power cut")))
        with pytest.raises(OSError, match="power cut"):
            tend(at=NOW)
    catch_up()
    assert titles("tide gauges", lived.cast.ben) == ["Tide gauges"]
    assert all(one.level for one in feeding.verify())


def test_the_index_is_made_anew_while_it_is_read(lived, walk, catch_up):
    before = lookups.find("midwife", person=lived.cast.ben)
    size = actions.rebuild()
    assert size >= 8
    assert [one.shown.path for one in lookups.find("midwife", person=lived.cast.ben).found] == [one.shown.path for one in before.found]
    walk(letter("Ben Okafor <ben@people.example>", subject="Rain", text="Who measures rain?"))
    catch_up()
    assert titles("rain", lived.cast.ben) == ["Rain"]
    assert len([one for one in feeding.home().iterdir() if one.is_dir()]) == 1


def test_made_anew_beside_a_living_worker_it_loses_nothing_and_every_question_is_answered(lived, walk, catch_up, monkeypatch):
    """Letters come and are indexed between all its steps; one that is searching when its index goes reads the new one."""
    ben = lived.cast.ben
    written = []

    def meanwhile():
        if len(written) == 3:
            return
        written.append(f"Rain{len(written)}")
        walk(letter("Ben Okafor <ben@people.example>", subject=written[-1], text=f"Who measures {written[-1]}?"))
        catch_up()
        assert all(titles(one, ben) == [one] for one in written)

    actions.rebuild(meanwhile)
    assert len(written) == 3
    late = feeding.reading()
    actions.rebuild()
    with monkeypatch.context() as slow:
        answers = iter((late,))
        now = feeding.reading
        slow.setattr(feeding, "reading", lambda: next(answers, None) or now())
        assert titles("midwife", ben)
    catch_up()
    assert all(titles(one, ben) == [one] for one in written)
    assert all(one.level for one in feeding.verify())


def test_a_consolidated_reply_comes_before_what_it_is_made_of(cast, walk, catch_up):
    from talanoa.queries import actions as queries
    from talanoa.queries.models import Query

    asked = Query.objects.create(
        community=cast.mdg, asker=cast.sefa, asked_subject="Births", asked_text="How?", asked_at=NOW, title="Births", text="How are births counted?"
    )
    queries.circulate(asked, by=cast.ana, at=NOW, why="agreed by phone")
    response = walk(letter("Ben Okafor <ben@people.example>", subject="Re: Births", text="Nurses count births in the village.", In_Reply_To=asked.post.message_id)).post
    reply = replies.begin(asked, by=cast.ana, at=NOW)
    source = f'<a href="/c/mdg/m/{response.key}">Ben</a>'
    texts = {
        "summary": f"<p>Nurses count births ({source}).</p>",
        "experiences": f"<h3>Samoa</h3><h4>Apia: counting by canoe</h4><p>Canoes carry the registers ({source}).</p>",
        "documentation": '<ul><li>The census handbook (<a href="#found">found</a>)</li></ul>',
    }
    for key, html in texts.items():
        section = reply.sections.get(key=key)
        replies.save(section, html=html, based_on=section.html, by=cast.ana, at=NOW)
    queries.close(asked, by=cast.ana, at=NOW)
    asked.refresh_from_db()
    replies.issue(reply, expects=1, by=cast.ana, at=NOW)
    catch_up()
    assert kinds("nurses count births", cast.ben)[0] == "reply"
    assert kinds("births", cast.ben, conversation=asked.conversation_id)[0] in {"reply", "query"}
    experience = lookups.find("canoes", person=cast.ben).found[0].shown
    assert (experience.kind, experience.path) == ("experience", "/c/mdg/replies/1")
    assert kinds("canoes country:Samoa kind:experience", cast.ben) == ["experience"]
    assert kinds("census handbook", cast.ben) in (["resource"], ["reply"])
    conversations.withdraw(response, at=NOW, by=cast.ana)
    assert kinds("canoes carry kind:experience", cast.ben) == []
    catch_up(NOW + timedelta(minutes=1))
    assert lookups.find("canoes kind:experience", person=cast.ben).total() == 0
    assert all(one.level for one in feeding.verify())


def test_an_archive_is_taken_in_whole_though_a_worker_has_the_index(cast, tmp_path, monkeypatch):
    """What the worker follows it takes in itself; where there is none, the import does so while it reads on."""
    monkeypatch.setattr(archives, "INDEXED_TOGETHER", 1)
    monkeypatch.setattr(importing, "TOGETHER", 1)
    files = [tmp_path / name for name in ("one.mbox", "two.mbox")]
    for file in files:
        mails = (f"From x@old.example Sat Jan  1 00:00:00 2005\nFrom: x@old.example\nSubject: Copra {file.stem} {n}\n\nIt fell.\n\n" for n in range(3))
        file.write_text("".join(mails))
    worker = feeding.Feeder(feeding.generation())
    assert main(["archive", "import", "mdg", str(files[0])]) == 0
    assert lookups.behind()
    del worker
    assert main(["archive", "import", "mdg", str(files[1])]) == 0
    assert not lookups.behind()
    assert [(one.entries, one.level) for one in feeding.verify() if one.name == "posts"] == [(6, True)]


def test_what_ails_the_index_keeps_no_archive_out(cast, tmp_path, own_index, capsys):
    archive = tmp_path / "old.mbox"
    archive.write_text("From x@old.example Sat Jan  1 00:00:00 2005\nFrom: x@old.example\nSubject: Copra\n\nIt fell.\n")
    feeding.home().write_text("a file where the index should lie")
    assert main(["archive", "import", "mdg", str(archive), "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["stored"] == 1
    assert err.count("The index of search cannot be written") == 1
    feeding.home().unlink()
    assert main(["search", "rebuild"]) == 0
    assert all(one.level for one in feeding.verify())


def test_an_imported_archive_is_found_when_it_is_released_and_by_administrators_before(cast, tmp_path, capsys):
    """P7."""
    archive = tmp_path / "old.mbox"
    archive.write_bytes(b"From x@old.example Sat Jan  1 00:00:00 2005\nFrom: Old Hand <x@old.example>\nDate: Sat, 1 Jan 2005 10:00:00 +0000\nSubject: Copra\nMessage-ID: <copra@old.example>\n\nThe price of copra fell.\n")
    assert main(["archive", "import", "mdg", str(archive)]) == 0
    assert not lookups.behind()
    questions = tmp_path / "q.tsv"
    questions.write_text("1\tcopra prices\n2\tnothing like it\n")
    assert main(["search", "--batch", str(questions), "--run", str(tmp_path / "run")]) == 0
    assert [line.split()[:4] for line in (tmp_path / "run").read_text().splitlines()] == [["1", "Q0", "<copra@old.example>", "1"]]
    capsys.readouterr()
    assert main(["search", "copra", "--json"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["search", "copra", "--json", "--all"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Copra"
    assert titles("copra", cast.ben) == []
    assert main(["archive", "release", "mdg"]) == 0
    assert main(["search", "--community", "mdg", "copra"]) == 0
    assert "Copra" in capsys.readouterr().out
    for without in ("-price", "-health", "-from:old", "-kind:post"):
        assert main(["search", "copra", without]) == 0
        assert ("Copra" in capsys.readouterr().out) == (without == "-health")
    assert titles("copra year:2005", cast.ben) == ["Copra"]
    assert main(["search", "verify"]) == 0
    assert main(["search", "rebuild"]) == 0
    assert main(["search"]) == 1
