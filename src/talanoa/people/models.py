"""Who somebody is."""

from django.db import models
from django.db.models import Q


class Person(models.Model):
    """A person with a profile; what of it is shown is the business of `lookups`."""

    class Sector(models.TextChoices):
        GOVERNMENT = "government"
        CIVIL = "civil society"
        INTERNATIONAL = "international"
        RESEARCH = "research"
        BUSINESS = "business"
        OTHER = "other"

    class Gender(models.TextChoices):
        WOMAN = "woman"
        MAN = "man"
        OTHER = "other"

    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=200, blank=True)  # "Health information officer"
    organisation = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2, blank=True)  # ISO 3166-1 alpha-2
    languages = models.CharField(max_length=100, blank=True)  # BCP 47 tags, best first, separated by spaces
    interests = models.CharField(max_length=500, blank=True)
    biography = models.TextField(blank=True)
    sector = models.CharField(max_length=16, choices=Sector, blank=True)
    gender = models.CharField(max_length=16, choices=Gender, blank=True)  # never shown beside the name, see lookups.GENDERS
    timezone = models.CharField(max_length=64, default="UTC")  # IANA
    joined_at = models.DateTimeField()
    operates = models.BooleanField(default=False)  # runs the site: sees set-aside mail of every community

    def __str__(self) -> str:
        return self.name or f"person {self.pk}"


class Address(models.Model):
    """An address that a person writes from. Mail goes to `written`, comparison uses `canonical` (A9)."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="addresses")
    written = models.CharField(max_length=320)
    canonical = models.CharField(max_length=320, unique=True)
    first = models.BooleanField(default=False)  # where letters to the person go
    added_at = models.DateTimeField()

    # What is sent to many is not sent here since this moment, because everything came back (L6).
    unreachable_since = models.DateTimeField(null=True)
    # It is known to have worked then: what came back before counts no more.
    answered_at = models.DateTimeField(null=True)
    probe = models.BigIntegerField(null=True)  # the delivery of the letter that tries the address now
    probed_at = models.DateTimeField(null=True)  # null: it is not tried
    probes = models.PositiveSmallIntegerField(default=0)  # so many since `unreachable_since`

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(first=True), name="one_first_address"),
        ]
        indexes = [models.Index(fields=["probed_at"], name="address_tried", condition=Q(probed_at__isnull=False))]

    def __str__(self) -> str:
        return self.written


class Bounce(models.Model):
    """One copy that came back from an address; what it weighs is the business of `rules`."""

    address = models.ForeignKey(Address, on_delete=models.CASCADE, related_name="bounces", db_index=False)
    delivery = models.BigIntegerField()  # the number of the copy
    list_address = models.CharField(max_length=320)  # of the community whose mail it was
    permanent = models.BooleanField()
    reason = models.CharField(max_length=32)  # a word of `talanoa.mail.reading.reasons.REASONS`
    words = models.TextField(blank=True)  # of the other post office
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address", "delivery"], name="bounced_once_per_copy")]


class Consent(models.Model):
    """What a person agreed to, when, in which words, and how we know."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consents")
    wording = models.TextField()
    source = models.CharField(max_length=200)  # "joined on the web", "members.csv of 3 March"
    given_at = models.DateTimeField()
    noted_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")  # who wrote it down, if not the person
    withdrawn_at = models.DateTimeField(null=True)


class Merging(models.Model):
    """That two persons were found to be one: all of `absorbed` went to `kept`, and its row stays, empty, so that this can be told."""

    kept = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="mergings")
    absorbed = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="merged")
    name = models.CharField(max_length=200, blank=True)  # that of `absorbed`
    addresses = models.JSONField(default=list)  # that came with it, as written
    moved = models.JSONField(default=dict)  # so many rows of each table: {"conversations.post": 12}
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()


class Distinct(models.Model):
    """That somebody says of two persons who look alike: they are two."""

    one = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")  # the smaller number
    other = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", db_index=False)
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["one", "other"], name="told_apart_once")]


class Ticket(models.Model):
    """A token mailed to one address, for one use and one purpose; only its hash is kept (A2)."""

    class Purpose(models.TextChoices):
        SIGN_IN = "sign in"
        JOIN = "join"
        LEAVE = "leave"
        DELIVERY = "delivery"
        DECIDE = "decide"
        WELCOME = "welcome"
        RESUME = "resume"
        WORDING = "wording"
        FOLLOW_UP = "follow up"
        CONSENT = "consent"
        DISCUSSION = "discussion"
        FEEDBACK = "feedback"

    purpose = models.CharField(max_length=16, choices=Purpose)
    address = models.CharField(max_length=320)  # canonical; whoever uses it must write from it or be its person
    about = models.BigIntegerField(null=True)  # the number of what it is for: a community, a held mail
    words = models.JSONField(default=dict)  # what was asked for, and is done when the ticket is used
    token_hash = models.CharField(max_length=64, unique=True)
    source = models.CharField(max_length=64, blank=True)  # keyed hash of the network address that asked, for rate limits
    made_at = models.DateTimeField(db_index=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Answer(models.Model):
    """That an automatic answer went to an address; counted, so that two machines cannot talk for ever (L1)."""

    address = models.CharField(max_length=320)
    sent_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["address", "-sent_at"], name="answer_latest")]


class Session(models.Model):
    """A browser in which somebody is signed in; listed to its person, who can end it."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sessions")
    token_hash = models.CharField(max_length=64, unique=True)
    agent = models.CharField(max_length=200, blank=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
