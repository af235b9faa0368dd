"""What came from elsewhere, and what became of each message."""

from django.db import models

from talanoa.communities.models import Community
from talanoa.conversations.models import Post
from talanoa.mail.models import Raw
from talanoa.people.models import Person


class Archive(models.Model):
    """Files that were brought in together. While `finished_at` is empty, the same files go on where they stopped."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="archives")
    sources = models.CharField(max_length=64)  # digest of the names and sizes of the files
    begun_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # read = stored + duplicates + set_aside, at every moment.
    read = models.PositiveIntegerField(default=0)
    stored = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    set_aside = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["community", "sources"], condition=models.Q(finished_at=None), name="one_unfinished_import_of_the_same"
            )
        ]


class Entry(models.Model):
    """One message of an archive, with its bytes: a post, or set aside with the reason."""

    archive = models.ForeignKey(Archive, on_delete=models.CASCADE, related_name="entries", db_index=False)
    raw = models.ForeignKey(Raw, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)  # null: too large to keep
    place = models.TextField()  # the file and the number in it, from 1
    said = models.CharField(max_length=32)  # digest of who said what when, to tell a duplicate from other words
    sender = models.CharField(max_length=320, blank=True)  # the author's canonical address, for who claims the post later
    post = models.OneToOneField(Post, null=True, on_delete=models.CASCADE, related_name="entry")
    note = models.TextField(blank=True)  # why it was set aside

    class Meta:
        indexes = [
            models.Index(fields=["archive", "id"], name="entry_in_order"),
            models.Index(fields=["sender"], name="entry_sender", condition=~models.Q(sender="")),
        ]


class OldList(models.Model):
    """The list that a community comes from, while it goes on beside: what comes through it is kept, and not circulated."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="old_lists")
    address = models.CharField(max_length=320)  # canonical; our community's address is a member of it
    list_id = models.CharField(max_length=255)  # "wells.old.example", as its mail says
    archive = models.OneToOneField(Archive, on_delete=models.PROTECT, related_name="+")  # what came through it
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # the cut-over: from here on the community writes here

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community"], condition=models.Q(ended_at=None), name="one_old_list_at_a_time")
        ]
