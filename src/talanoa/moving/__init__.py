"""The guided move: members from elsewhere, what they agreed to, who is whom, and how far a community's move has come.

A *list of members* is a file that was read; each of its *lines* is new, known or refused. A *mailing* is a letter that a
facilitator words to many, sent once to each. What is *handed in* on the pages, the worker carries out.
"""
