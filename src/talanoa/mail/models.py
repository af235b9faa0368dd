"""What came in and what goes out."""

from django.db import models
from django.db.models import Q


class Raw(models.Model):
    """The bytes of a mail, once, however many of our addresses it came to."""

    digest = models.CharField(primary_key=True, max_length=64)  # SHA-256, hexadecimal
    content = models.BinaryField()


class Received(models.Model):
    """One mail for one of our addresses: kept before anything is tried with it, and its fate."""

    class State(models.TextChoices):
        WAITING = "waiting"
        HELD = "held"
        DONE = "done"
        SET_ASIDE = "set aside"

    raw = models.ForeignKey(Raw, on_delete=models.PROTECT, related_name="+", db_index=False)
    size = models.PositiveIntegerField()
    recipient = models.CharField(max_length=320)
    envelope_sender = models.CharField(max_length=320, blank=True)  # "" is the null sender
    door = models.CharField(max_length=16)  # "lmtp", "web", or a mail provider's name
    written_by = models.BigIntegerField(null=True)  # the signed-in person, for mail written on our own pages
    received_at = models.DateTimeField(db_index=True)

    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    # Not before this moment. Claiming a mail moves it beyond the lease, so a lease ends by itself (O12).
    due_at = models.DateTimeField()
    claim = models.CharField(max_length=32, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    # Written when it is sorted, for the log.
    message_id = models.TextField(blank=True)
    sender = models.TextField(blank=True)
    subject = models.TextField(blank=True)
    community = models.BigIntegerField(null=True)  # the number of the community it was for
    fate = models.CharField(max_length=32, blank=True)  # "posted", "held", "discarded" …
    note = models.TextField(blank=True)  # the sentence that explains the fate
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], name="received_waiting", condition=Q(state="waiting")),
            models.Index(fields=["raw", "recipient"], name="received_twice"),
            models.Index(fields=["community", "-id"], name="received_community"),
            models.Index(fields=["state", "id"], name="received_set_aside", condition=Q(state="set aside")),
        ]


class Outgoing(models.Model):
    """One rendering of one letter: head and body as they are sent, but for the slots.

    `head` is complete header lines with CRLF, in which `mail.sending.delivery` replaces, per delivery,
    the slots of `mail.sending.writing`. `body` is final: it is the same, to the byte, for everybody.
    """

    message_id = models.TextField()
    head = models.BinaryField()
    body = models.BinaryField()
    # What bounces come back to: "mdg@domain" gives mdg-bounces+TOKEN@domain; "" is the null sender.
    bounces_to = models.CharField(max_length=320, blank=True)
    made_at = models.DateTimeField()


class Delivery(models.Model):
    """One Outgoing to one address."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        GAVE_UP = "gave up"
        WITHDRAWN = "withdrawn"

    class Lane(models.IntegerChoices):
        PERSONAL = 0  # a sign-in link does not queue behind ten thousand copies
        CIRCULAR = 1
        DIGEST = 2

    outgoing = models.ForeignKey(Outgoing, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    address = models.CharField(max_length=320)
    member = models.BigIntegerField(null=True)  # the membership it is sent for, so that leaving withdraws it
    lane = models.PositiveSmallIntegerField(choices=Lane, default=Lane.CIRCULAR)
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    due_at = models.DateTimeField()  # as for Received: a claim moves it beyond the lease
    claim = models.CharField(max_length=32, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(blank=True)  # the last words of the post office
    settled_at = models.DateTimeField(null=True)
    # That it failed was taken note of: a copy counts once, however often and by whomever it is reported (L5).
    failure_noted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["outgoing", "address"], name="one_delivery_per_address")]
        indexes = [
            models.Index(fields=["lane", "due_at", "id"], name="delivery_waiting", condition=Q(state="waiting")),
            models.Index(fields=["member"], name="delivery_of_member", condition=Q(state="waiting")),
            models.Index(fields=["id"], name="delivery_refused", condition=Q(state="gave up", failure_noted_at=None)),
        ]


class Signature(models.Model):
    """A provider's signature that does not cover what it came with, and what it came with first (A13)."""

    digest = models.CharField(primary_key=True, max_length=64)  # SHA-256 of what was signed, hexadecimal
    body = models.CharField(max_length=64)  # SHA-256 of what it came with
    heard_at = models.DateTimeField(db_index=True)
