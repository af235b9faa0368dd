"""Search: everything that was said can be found again, by whoever may read it.

One index over all rooms, derived from the database: it PULLS what changed since its last visit, from SOURCES that the
rooms below have here, each giving ENTRIES. An entry says for whom it is (its AUDIENCE), which narrows the search; what
is shown is asked of the owning room once more, on behalf of the person who asks.
"""
