"""A community to try Talanoa with: invented people, and a post office that can be read in the browser.

`story/` holds the people and their letters, `story.py` reads them, `clients.py` and `writing.py`
make mails of them, `life.py` brings them in through the verbs. `post_office.py` and `mailboxes.py`
stand for the world's mail; `views.py` shows it.
"""

from pathlib import Path


def run(*, home: str | Path = "./var/demo", http: str | None = None, lmtp: str | None = None, reset: bool = False) -> int:
    """Run the demo until Ctrl-C; see `running`."""
    from talanoa.demo import running  # the command line must not wait for what it does not use

    return running.run(home=home, http=http, lmtp=lmtp, reset=reset)
