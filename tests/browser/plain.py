"""Pages without a browser, which takes ten times as long."""

import gzip
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import urljoin

import lxml.html
from lxml import etree

# Attributes whose addresses a browser asks without being told to, or with the first click on a form.
LOADED = {"action", "background", "data", "formaction", "poster", "src", "srcset", "style"}


class Plain:
    """A page as somebody gets it: its parts, what a first view weighs, and the kinds of things on it."""

    FILLED = (
        "//*[self::button or contains(concat(' ', @class, ' '), ' button ')][not(contains(concat(' ', @class, ' '), ' outline '))]"
        "[not(ancestor-or-self::*[@hidden] or ancestor::details[not(@open)] or ancestor::*[@role='toolbar'])]"
    )
    ASKED_FOR = "//link[@rel='stylesheet' or @rel='icon']/@href | //script/@src | //img/@src"

    def __init__(self, stage, who, url) -> None:
        self.url, self.cookie = stage.url, stage.cookie(who) if who else ""
        content, size = self.fetch(url)
        self.tree = tree = lxml.html.fromstring(content)
        self.parts = tuple(len(tree.xpath(path)) for path in ("//h1", "//main", self.FILLED))
        others = sorted({str(one) for one in tree.xpath(self.ASKED_FOR) if not one.startswith("data:")})
        self.elsewhere = [one for one in others if not one.startswith(("/", self.url)) or one.startswith("//")]
        self.size = size + sum(self.fetch(urljoin(self.url, one))[1] for one in others if one not in self.elsewhere)
        self.kinds = {(one.tag, name) for one in tree.iter(etree.Element) for name in [*one.classes, one.get("role"), one.get("type")]}

    def fetch(self, url) -> tuple[bytes, int]:
        """What stands there, and the bytes that it takes over the wire, its head included."""
        asked = urllib.request.Request(url, headers={"Accept-Encoding": "gzip", "Accept-Language": "en", "Cookie": self.cookie})
        try:
            answer = urllib.request.urlopen(asked)
        except urllib.error.HTTPError as found:
            answer = found
        with answer:
            content = answer.read()
            size = len(content) + len(bytes(answer.headers))
            return gzip.decompress(content) if answer.headers["Content-Encoding"] == "gzip" else content, size

    def runs(self) -> Iterator[str]:
        """What would run a script that is not ours, or ask another site for something, by itself."""
        for one in self.tree.iter(etree.Element):
            if one.tag in {"iframe", "object", "embed", "base", "math", "video", "noscript"} or (one.tag == "script" and not one.get("src")):
                yield f"<{one.tag}>"
            for name, value in one.attrib.items():
                if (
                    name.startswith("on")
                    or (name == "href" and "script:" in "".join(value.lower().split()))
                    or ((name in LOADED or name.startswith("hx-") or (name.endswith("href") and one.tag != "a")) and "//" in value and not value.startswith(self.url))
                ):
                    yield f"<{one.tag} {name}={value!r}>"
