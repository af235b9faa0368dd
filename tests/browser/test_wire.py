"""What a first visit costs on a bad line: bytes over the wire, with nothing in the cache."""

import pytest
from test_accessible import PAGES, path_of

# The editor's 170 kB come once and are kept for ever; before they are there, the page can be read and written on.
EDITOR = 200_000


@pytest.mark.parametrize("name", PAGES)
def test_the_first_view_of_any_page_takes_at_most_50_kb(stage, name):
    who, where = PAGES[name]
    page = stage.page(who)
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    sizes, others = [], []
    wire.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    page.on("request", lambda request: None if request.url.startswith((stage.url, "data:")) else others.append(request.url))
    page.goto(path_of(stage, where), wait_until="networkidle")
    assert sizes
    assert sum(sizes) <= (EDITOR if where == "@making" else 50_000), sizes
    assert others == []
    page.context.close()


def test_a_second_view_fetches_the_page_alone(stage):
    page = stage.page("ben")
    page.goto(path_of(stage, "@conversation"), wait_until="networkidle")
    page.goto(path_of(stage, "@message"), wait_until="networkidle")
    sizes = page.evaluate(
        "performance.getEntriesByType('resource').filter(one => one.name.includes('/static/')).map(one => [one.name, one.transferSize])"
    )
    assert any(".css" in name for name, _size in sizes)
    assert [name for name, size in sizes if size] == []
