"""The mail log: every mail and its fate, and the way back for what was set aside."""

from path import Path, letter
from talanoa.mail.models import Raw


def test_every_mail_of_ones_communities_is_listed_with_its_fate(world, browse):
    page = browse(world.cast.ana).get("/log").content.decode()
    for words in ("Counting births without a midwife", "waits for the facilitator", "set aside", "circulated"):
        assert words in page
    assert "Hello" not in page  # Farid's


def test_the_log_is_searched_by_words_fate_and_day(world, browse):
    browser = browse(world.cast.ana)
    found = browser.get("/log?q=chandra+births").content.decode()
    assert found.count("<li>") == 2
    assert browser.get("/log?fate=set-aside").content.decode().count("<li>") == 1
    assert "No mail is found" in browser.get("/log?on=2020-01-01").content.decode()
    assert browser.get("/log?on=2026-03-02&fate=held").content.decode().count("<li>") == 1
    assert browser.get("/log?on=nonsense&fate=%00&before=x").status_code == 200


def test_pages_go_on_from_the_last_mail_so_that_new_mail_shifts_nothing(cast, browse):
    walk = Path()
    for number in range(60):
        walk(letter("Ben Okafor <ben@people.example>", subject=f"Number {number}."))
    browser = browse(cast.ana)
    first = browser.get("/log").content.decode()
    later = first.partition('rel="next"')[0].rpartition('href="')[2].rstrip('" ').replace("&amp;", "&")
    walk(letter("Ben Okafor <ben@people.example>", subject="One more"))
    second = browser.get(later).content.decode()
    assert first.count("<li>") == 50
    assert "Number 9." in second
    assert "Number 10." not in second
    assert second.count("<li>") == 10


def test_p4_d4_a_facilitator_reads_the_original_and_gets_the_exact_bytes(world, browse):
    browser = browse(world.cast.ana)
    mail = world.answer.received
    page = browser.get(f"/log/{mail.pk}").content.decode()
    assert "Message-ID:" in page
    raw = browser.get(f"/log/{mail.pk}/raw")
    assert raw.content == bytes(Raw.objects.get(pk=mail.raw_id).content)
    assert raw.headers["Content-Disposition"].startswith("attachment")
    for person in (None, world.cast.ben, world.cast.sefa, world.cast.farid):
        assert browse(person).get(f"/log/{mail.pk}").status_code == 404
        assert browse(person).get(f"/log/{mail.pk}/raw").status_code == 404


def test_set_aside_mail_is_put_back_on_its_path(world, browse):
    browser = browse(world.cast.ana)
    page = browser.get(f"/log/{world.aside.pk}").content.decode()
    assert "Put it back on its path" in page
    assert "The sorter stopped at this mail three times." in page
    assert browser.post(f"/log/{world.aside.pk}/put-back").status_code == 302
    world.aside.refresh_from_db()
    assert Path().sort(world.aside.due_at) == ["posted"]
    assert browse(world.cast.ben).post(f"/log/{world.aside.pk}/put-back").status_code == 404


def test_who_runs_the_site_sees_all_mail(world, browse):
    page = browse(world.cast.opal).get("/log").content.decode()
    assert "Hello" in page
    assert "Counting births" in page
