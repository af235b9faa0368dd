"""A language model may word a section anew; it is believed only where its citations hold."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.conf import settings

from browsers import browser
from talanoa.publishing.markup import blocks
from talanoa.replies import lookups, rewriting

RESPONSES = {
    1: "In Tonga we count births at home with a pink book. In 2009 we found 61 births, of which 17 were in no register.",
    2: "In Nepal volunteers report births by mobile telephone each month.",
}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("In Tonga births at home are counted with a pink book [1].", [((1,), True)]),
        ("In Tonga births at home are counted with a pink book. [1]", [((1,), True)]),
        ("Births at home are counted with a pink book in Tonga and reported by mobile telephone in Nepal [1, 2].", [((1, 2), True)]),
        ("In Tonga births at home are counted with a pink book.", [((), False)]),  # cites nothing
        ("In Tonga births at home are counted with a pink book [2].", [((2,), False)]),  # cites another
        ("In Tonga births at home are counted with a pink book [7].", [((7,), False)]),  # cites nobody
        ("In Tonga births at home are counted with a pink book [1, 7].", [((1, 7), False)]),
        ("In 2011 we found 61 births in Tonga with the pink book [1].", [((1,), False)]),  # a figure of its own
        ("The World Health Organization recommends vaccinating every newborn [1].", [((1,), False)]),
        ("In Tonga births at home are counted [1]. Cows fly over mountains [2].", [((1,), True), ((2,), False)]),
        ("   \n\n ", []),
    ],
)  # fmt: skip
def test_a_sentence_stands_only_where_what_it_cites_bears_it_out(answer, expected):
    assert [(one.responses, one.holds) for paragraph in rewriting.checked(answer, RESPONSES) for one in paragraph] == expected


@pytest.fixture
def service():
    """A service that speaks the chat interface; `said` is what it answers, `asked` what it was sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.asked.append((self.path, self.headers["Authorization"], json.loads(body)))
            self.send_response(service.status)
            self.end_headers()
            self.wfile.write(service.raw or json.dumps({"choices": [{"message": {"content": service.said}}]}).encode())

        def log_message(self, *_):
            pass

    service = HTTPServer(("127.0.0.1", 0), Handler)
    service.asked, service.said, service.status, service.raw = [], "", 200, b""
    thread = threading.Thread(target=service.serve_forever)
    thread.start()
    yield service
    service.shutdown()
    thread.join()
    service.server_close()


@pytest.fixture
def named(service, monkeypatch):
    """An administrator has named the service."""
    from dataclasses import replace

    url = f"http://127.0.0.1:{service.server_port}/v1"
    monkeypatch.setattr(settings, "TALANOA", replace(settings.TALANOA, model_url=url, model_name="wise-owl", model_key="k" * 20))
    return service


def path_of(query):
    return f"/queries/{query.pk}/reply/sections/summary/rewrite"


@pytest.mark.django_db
def test_without_a_named_service_there_is_no_such_page(cast, query, reply):
    assert browser(cast.ana).get(path_of(query)).status_code == 404
    assert "Word anew" not in browser(cast.ana).get(f"/queries/{query.pk}/reply").content.decode()


@pytest.mark.django_db
def test_looking_sends_nothing_and_shows_all_that_would_be_sent(cast, query, reply, responses, named):
    page = browser(cast.ana).get(path_of(query)).content.decode()
    assert named.asked == []
    assert all(post.fresh_text.split("\n")[0][:40].replace("'", "&#39;") in page for post in responses.values())
    assert not query.changes.filter(what="sent").exists()
    assert browser(cast.ben).get(path_of(query)).status_code == 404


@pytest.mark.django_db
def test_with_consent_what_holds_has_its_source_and_the_rest_is_struck(cast, query, reply, responses, section, named):
    (number, (_name, text)) = next((n, (p.author.name, p.fresh_text)) for n, p in enumerate(sorted(responses.values(), key=lambda p: p.number), 1))
    first = " ".join(text.split()).split(".")[0]
    named.said = f"{first} [{number}]. Everybody in Atlantis uses quantum registers [{number}]."
    answer = browser(cast.ana).post(path_of(query))
    assert answer.status_code == 302
    ((path, key, sent),) = named.asked
    assert (path, key, sent["model"]) == ("/v1/chat/completions", f"Bearer {'k' * 20}", "wise-owl")
    (block,) = blocks(section("summary").html)
    assert any("/m/" in link for link in block.links)
    assert len(block.marks) == 1
    assert "Atlantis" in block.marks[0]
    assert any("Atlantis" in one.sentence or "struck" in one.sentence for one in lookups.missing(reply))
    assert query.changes.get(what="sent").why == "wise-owl"


@pytest.mark.django_db
@pytest.mark.parametrize(("status", "raw"), [(500, b"x"), (401, b"{}"), (200, b"no json"), (200, b"{}"), (200, b'{"choices": [{"message": {"content": null}}]}')])
def test_a_service_that_fails_changes_nothing_and_is_told_in_a_sentence(cast, query, reply, responses, section, named, status, raw):
    named.status, named.raw = status, raw
    before = section("summary").html
    answer = browser(cast.ana).post(path_of(query))
    assert answer.status_code == 502
    assert "service" in answer.content.decode()
    assert section("summary").html == before
