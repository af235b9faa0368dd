"""What search keeps: the text of files, read once."""

from django.db import models


class FileText(models.Model):
    """The text of a file, by the digest of its content: the same file on ten messages is read once, by one worker."""

    digest = models.CharField(max_length=64, primary_key=True)  # as Attachment.digest
    begun_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)  # what takes its reader down each time is left alone in the end
    read_at = models.DateTimeField(null=True)
    characters = models.PositiveIntegerField(default=0)  # 0: nothing could be read
    text = models.TextField(blank=True)  # the last column, so that asking for the others does not load it
