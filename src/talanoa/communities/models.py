"""Communities, memberships, roles."""

from django.db import models
from django.db.models import Q

from talanoa.people.models import Consent, Person


class Community(models.Model):
    class Visibility(models.TextChoices):
        PUBLIC = "public"  # everybody may read
        MEMBERS = "members"  # its existence is known, members read
        HIDDEN = "hidden"  # known to its members only

    class Replies(models.TextChoices):
        GROUP = "group"
        AUTHOR = "author"

    class Joining(models.TextChoices):
        OPEN = "open"  # whoever confirms an address is a member
        APPROVAL = "approval"  # a facilitator welcomes each newcomer

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=320, unique=True)  # "mdg@lists.example.org", canonical
    description = models.TextField(blank=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="subgroups")
    visibility = models.CharField(max_length=16, choices=Visibility, default=Visibility.MEMBERS)
    language = models.CharField(max_length=16, default="en")
    timezone = models.CharField(max_length=64, default="UTC")
    founded_at = models.DateTimeField()
    joining = models.CharField(max_length=16, choices=Joining, default=Joining.APPROVAL)

    # How mail is treated; the facilitator's settings.
    subject_prefix = models.CharField(max_length=40, blank=True)  # "[mdg]"
    numbered = models.BooleanField(default=True)  # new conversations number their messages in the subject
    replies_go_to = models.CharField(max_length=16, choices=Replies, default=Replies.GROUP)
    first_posts_held = models.PositiveSmallIntegerField(default=1)  # so many posts of a newcomer are held
    moderated = models.BooleanField(default=False)  # every post is held
    daily_cap = models.PositiveSmallIntegerField(default=0)  # circulated posts a day in the community's zone; 0: no cap

    # The number of the newest circulated post. Posts of one community commit in the order of their
    # numbers (`lookups.one_at_a_time`), so that "up to here" says exactly which digest holds what.
    newest_post = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "communities"

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    class Delivery(models.TextChoices):
        EACH = "each"
        DAILY = "daily"
        WEEKLY = "weekly"
        MONTHLY = "monthly"
        SUBJECTS = "subjects"
        NONE = "none"

    DIGESTS = (Delivery.DAILY, Delivery.WEEKLY, Delivery.MONTHLY, Delivery.SUBJECTS)

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)  # a membership that ended stays, as history

    delivery = models.CharField(max_length=16, choices=Delivery, default=Delivery.EACH)
    html = models.BooleanField(default=True)  # False: plain text alone
    attachments_as_links = models.BooleanField(default=False)
    suspended_from = models.DateField(null=True)  # in the member's zone, both days included
    suspended_until = models.DateField(null=True)
    # What the member agreed to, with its evidence (G3); null: nobody has written it down.
    consent = models.ForeignKey(Consent, null=True, on_delete=models.SET_NULL, related_name="+")
    # From then on nothing that goes to many is sent, because nobody knows that the member agreed to it; null: no end.
    mailed_until = models.DateTimeField(null=True)
    moderated = models.BooleanField(default=False)  # every post of this member is held
    banned = models.BooleanField(default=False)

    digest_hour = models.PositiveSmallIntegerField(default=7)  # 0 to 23, in the member's zone
    digest_due_at = models.DateTimeField(null=True)  # null: no digest is to come
    digested_through = models.BigIntegerField(default=0)  # of posts up to this number every digest is made
    # What a digest still brings besides: lists of (kind, after, through, letter) in numbers of posts, gathered
    # before a change of delivery, or taken back with a `letter` of the outbox (0: none).
    digest_owed = models.JSONField(default=list)

    class Meta:
        indexes = [
            models.Index(fields=["digest_due_at"], name="digest_due", condition=Q(digest_due_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["community", "person"], condition=Q(left_at=None), name="member_once_at_a_time"
            ),
        ]


class Application(models.Model):
    """Somebody who confirmed their address and waits to be welcomed."""

    class Decision(models.TextChoices):
        NONE = ""
        WELCOMED = "welcomed"
        DECLINED = "declined"

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="applications")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="applications")
    words = models.TextField(blank=True)  # what they wrote of themselves
    asked_at = models.DateTimeField()
    decision = models.CharField(max_length=16, choices=Decision, default=Decision.NONE, blank=True)
    decided_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["community", "person"], condition=Q(decision=""), name="applies_once_at_a_time"
            ),
        ]


class Role(models.Model):
    """What somebody may do beyond a member, in a community and its subgroups.

    `scope` narrows a role to one thing ("conversation:12", see `rules.of_conversation`); "" is the whole community.
    """

    class Name(models.TextChoices):
        FACILITATOR = "facilitator"
        CORE = "core"
        SECRETARIAT = "secretariat"
        MODERATOR = "moderator"  # a guest, of the one conversation that the scope names

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="roles")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="roles")
    name = models.CharField(max_length=16, choices=Name)
    scope = models.CharField(max_length=60, blank=True)
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["community", "person", "name", "scope"], condition=Q(ended_at=None), name="role_once_at_a_time"
            ),
        ]
