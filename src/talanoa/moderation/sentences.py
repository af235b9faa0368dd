"""What each rule and fate means, in a sentence for people."""

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "from_a_stranger": _("The author is not a member of this community."),
    "first_post": _("The author is new here."),
    "author_moderated": _("Every message of this author is read before it is circulated."),
    "community_moderated": _("Every message to this community is read before it is circulated."),
    "unclear_sender": _("It is not clear who wrote it: the mail names no single author."),
    "disproven_sender": _("The author's mail system says that this mail does not come from it."),
    "unproven_in_private": _("Nothing proves that the author wrote it, and this community is private."),
    "lookalike_address": _("The address is written in letters that imitate others."),
    "same_id_other_words": _("It carries the Message-ID of another message that says something else."),
    "nothing_said": _("It says nothing new: no words of its own and no attachment."),
    "which_conversation": _(
        "It answers a digest and does not tell which message of it. Choose the conversation on your desk; approved as it is, it begins one."
    ),
    "wants_to_leave": _("The author seems to want to leave, not to write to everybody."),
    "not_addressed": _("The community stands neither in To nor in Cc."),
    "many_recipients": _("It went to many other addresses too."),
    "bulk_mail": _("It came from another list, a newsletter or an office address."),
    "risky_attachment": _("An attachment is of a kind that can do harm when it is opened."),
    "been_here": _("It has been through here before; circulating it again would make a loop."),
    "known_already": _("The same mail was taken in before; it is circulated once."),
    "by_a_machine": _("A machine sent it, such as an automatic reply or a delivery report."),
    "by_a_banned_author": _("The author may not write to this community."),
    "encrypted": _("It is encrypted, so that the members could not read it."),
    "carries_a_key": _(
        "In an attachment, or in a part that we may not change, it carries a link or an address that acts in somebody's name, such as one "
        "that leaves or decides. Send it again without."
    ),
    "before_the_move": _("The community writes through its old list until the day it moves here; please write to that list until then."),
    "redirected_here": _("A facilitator of another community passed it on."),
}


# What a decision was, as in "Ana has … this message".
DONE = {
    "approved": _("approved"),
    "rejected": _("rejected"),
    "discarded": _("discarded"),
    "query": _("taken as a query"),
    "redirected": _("passed on"),
    "placed": _("placed"),
}


def sentence(code: str) -> str:
    """The sentence for a rule's name, in the language of the moment; the name itself for one of a later version."""
    return str(SENTENCES.get(code, code))
