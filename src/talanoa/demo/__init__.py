"""A community to try Talanoa with: invented people, and a post office that can be read in the browser.

`story/` holds the people and their letters, `story.py` reads them, `clients.py` and `writing.py`
make mails of them, `life.py` brings them in through the verbs. `post_office.py` and `mailboxes.py`
stand for the world's mail, `views.py` shows it, `running.py` runs it all.
"""

from collections.abc import Callable
from pathlib import Path


class NoDemoHere(Exception):
    """The state folder is not a demo's; `str()` says what to do."""


def run(
    *,
    home: str | Path = "./var/demo",
    http: str | None = None,
    lmtp: str | None = None,
    reset: bool = False,
    open_house: Callable[[], None],
    serve: Callable[..., int],
) -> int:
    """Run the demo until Ctrl-C; `reset` begins anew.

    The command line, which stands above, lends what it knows: `open_house` sets Django up
    from the environment, `serve` runs the parts (see `commandline.parts.serve`).
    """
    from talanoa.demo import running  # here, so that this package can be imported before Django is set up

    return running.run(Path(home), http=http, lmtp=lmtp, reset=reset, open_house=open_house, serve=serve)
