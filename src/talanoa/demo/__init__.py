"""A community to try Talanoa with: invented people, and a post office that can be read in the browser.

`story/` holds the people and their letters, `story.py` reads them, `clients.py` and `writing.py`
make mails of them, `life.py` brings them in through the verbs. `post_office.py` and `mailboxes.py`
stand for the world's mail, `views.py` shows it, `running.py` runs it all.
"""
