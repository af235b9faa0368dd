"""What was said, and where it stands."""

from django.db import models

from talanoa.communities.models import Community, Membership
from talanoa.mail.models import Outgoing, Received
from talanoa.people.models import Person


class Conversation(models.Model):
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="conversations", db_index=False)
    subject = models.TextField()  # as first written, without our prefix and number
    key = models.CharField(max_length=200)  # the subject as compared: no Re:, folded, see rules.subject_key
    numbered = models.BooleanField()
    label = models.CharField(max_length=24, blank=True)  # stands before the subject of its copies: "D3.2"; then every message is numbered
    began_at = models.DateTimeField()
    latest_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["community", "-latest_at", "-id"], name="conversation_latest"),
            models.Index(fields=["community", "key", "-latest_at"], name="conversation_subject"),
        ]

    def __str__(self) -> str:
        return self.subject


class Post(models.Model):
    """One contribution. What it says is kept as text; `html` is made from it once, safe to show."""

    # Columns without an index of their own begin one of those below: each index costs at every post.
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="posts", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="posts", db_index=False)
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="replies")
    number = models.PositiveIntegerField()  # in its conversation, from 1
    author = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="posts", db_index=False)
    author_name = models.CharField(max_length=200, blank=True)  # as the mail gave it
    received = models.OneToOneField(Received, null=True, on_delete=models.SET_NULL, related_name="post")
    message_id = models.TextField()
    key = models.CharField(max_length=32)  # of the permanent link; derived from message_id, see rules.permanent_key
    subject = models.TextField()
    language = models.CharField(max_length=16, blank=True)  # BCP 47, when told
    written_at = models.DateTimeField()  # as the author's clock had it
    posted_at = models.DateTimeField()  # as ours had it
    fresh_text = models.TextField()
    quoted_text = models.TextField(blank=True)
    html = models.TextField()
    edited = models.BooleanField(default=False)  # the facilitator changed the words; the original mail is kept
    circulated = models.BooleanField(default=False)  # it went, or goes, to the members; not so what came from an archive
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    withdrawn_because = models.TextField(blank=True)  # told to the author
    # It came from an archive that nobody has released yet. Such a post is withdrawn as well, and so every question
    # that passes over what is withdrawn passes over it.
    unreleased = models.BooleanField(default=False)
    outgoing = models.ManyToManyField(Outgoing, related_name="posts")
    # When it was last changed, counted in its community (`lookups.next_change`); whoever keeps a copy follows it.
    changed = models.BigIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "message_id"], name="posted_once_per_community"),
            models.UniqueConstraint(fields=["community", "key"], name="one_permanent_link"),
            models.UniqueConstraint(fields=["conversation", "number"], name="numbered_once"),
            models.CheckConstraint(
                condition=models.Q(unreleased=False) | models.Q(withdrawn_at__isnull=False), name="unreleased_is_withdrawn"
            ),
        ]
        indexes = [
            models.Index(fields=["community", "-posted_at"], name="post_latest"),
            models.Index(fields=["author", "-posted_at"], name="post_of_author"),
            models.Index(fields=["community", "changed"], name="post_changed"),
        ]


class Attachment(models.Model):
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=127)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)  # SHA-256 of the content, also its place in storage
    file = models.FileField(max_length=255)
    content_id = models.CharField(max_length=255, blank=True)
    inline = models.BooleanField(default=False)


class Awaited(models.Model):
    """A Message-ID that a post answers to and that has not come yet."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, db_index=False)
    message_id = models.TextField()
    rank = models.PositiveSmallIntegerField()  # 0 is the nearest ancestor
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="awaits")

    class Meta:
        indexes = [models.Index(fields=["community", "message_id"], name="awaited")]


class OldLink(models.Model):
    """Where a post from an archive stood before: the path that others have linked to."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="+", db_index=False)
    path = models.CharField(max_length=300)  # from the first slash, without host, query and last slash
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="old_links")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["path", "community"], name="one_place_for_an_old_link")]


class PrivateAnswer(models.Model):
    """That a member answered an author alone from our pages; the words are theirs and are not kept."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="private_answers")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", db_index=False)
    sent_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["person", "-sent_at"], name="private_answers_of_person")]


class Gathering(models.Model):
    """A digest of one conversation that is to be sent to those who follow it so, with a word of whoever leads it."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="gatherings")
    title = models.TextField(blank=True)  # "" for what had gathered when somebody chose otherwise
    comment = models.TextField(blank=True)
    through = models.BigIntegerField()  # the number of the newest post that it may hold
    made_at = models.DateTimeField()


class Following(models.Model):
    """How a member wants one conversation, apart from the usual delivery: the posts numbered after `after`, up to `through`.

    Usual copies and digests pass over these posts, so that nobody gets one twice or misses one.
    """

    class How(models.TextChoices):
        EACH = "each"
        DAILY = "daily"
        STAGE = "stage"  # together, when a stage of it is over
        NONE = "none"

    TOGETHER = (How.DAILY, How.STAGE)

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="followings", db_index=False)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="followings")
    how = models.CharField(max_length=8, choices=How)
    after = models.BigIntegerField()  # in numbers of posts, as for digests
    through = models.BigIntegerField(null=True)  # null: it is so now
    served = models.BigIntegerField()  # of posts up to this number everything has been sent
    owed = models.ForeignKey(Gathering, null=True, on_delete=models.SET_NULL, related_name="owed_to")
    due_at = models.DateTimeField(null=True)  # null: nothing is owed
    taken_back = models.BigIntegerField(default=0)  # the letter of the outbox that held it before; 0: none

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "membership"], condition=models.Q(through=None), name="followed_in_one_way"),
        ]
        indexes = [models.Index(fields=["due_at"], name="following_due", condition=models.Q(due_at__isnull=False))]


class Digest(models.Model):
    """A digest that was sent, to one member or to many: an answer to it finds its conversation, for 90 days."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="digests", db_index=False)
    message_id = models.TextField()
    outgoing = models.ForeignKey(Outgoing, null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=16)  # a value of Membership.Delivery
    ranges = models.JSONField()  # of posts: (after, through), in numbers of posts
    posts = models.JSONField()  # their primary keys, in the order in which the digest numbers them from 1
    gathering = models.ForeignKey(Gathering, null=True, on_delete=models.SET_NULL, related_name="digests")  # of one conversation
    made_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["community", "message_id"], name="digest_answered"),
        ]
