"""What search keeps: the text of files, read once; and what members want to be told of."""

from django.db import models

from talanoa.communities.models import Community
from talanoa.people.models import Person


class FileText(models.Model):
    """The text of a file, by the digest of its content: the same file on ten messages is read once, by one worker."""

    digest = models.CharField(max_length=64, primary_key=True)  # as Attachment.digest
    begun_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)  # what takes its reader down each time is left alone in the end
    read_at = models.DateTimeField(null=True)
    characters = models.PositiveIntegerField(default=0)  # 0: nothing could be read
    text = models.TextField(blank=True)  # the last column, so that asking for the others does not load it


class Saved(models.Model):
    """A search whose new finds a member is told of: by mail, by a feed of their own, or both."""

    class How(models.TextChoices):
        DAILY = "daily"
        WEEKLY = "weekly"
        NO_MAIL = "none"

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="saved_searches")
    # None: wherever the person may read.
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="+", null=True, db_index=False)
    words = models.CharField(max_length=500)
    how = models.CharField(max_length=6, choices=How)
    since = models.DateTimeField()  # what was said up to here was told, or was there before
    due_at = models.DateTimeField(db_index=True, null=True)  # None: no mail
    # What its secret link is sealed with, at random: another number makes another link, none takes it back.
    feed = models.BigIntegerField(null=True, unique=True)
