"""What each thing on the desk is, and the next action, in the language of the moment."""

from django.utils.translation import gettext_lazy as _

KINDS = {
    "held": (_("A message is held"), _("Decide")),
    "newcomer": (_("A newcomer waits to be welcomed"), _("Welcome")),
    "asked": (_("A query wants your wording"), _("Word it")),
    "changes": (_("The asker wants changes"), _("Word it")),
    "worded": (_("The asker has not agreed yet"), _("See it")),
    "agreed": (_("A query is agreed"), _("Circulate")),
    "silent": (_("A query has no response"), _("Ask somebody")),
    "open": (_("A window closes"), _("See it")),
    "closed": (_("A Consolidated Reply is due"), _("Consolidate")),
    "proposed": (_("A discussion is proposed"), _("Decide")),
    "announced": (_("A discussion opens"), _("See it")),
    "running": (_("A phase of a discussion ends"), _("See it")),
    "unsummarised": (_("The summary of a phase is missing"), _("Summarise")),
    "ended": (_("A final summary is due"), _("Summarise")),
    "prepared": (_("A consultation is prepared"), _("Open it")),
    "commented": (_("The time for comments ends"), _("See it")),
    "unowned": (_("Comments have no owner"), _("Assign them")),
    "unanswered": (_("Comments wait for their answers"), _("Answer them")),
    "untold": (_("Answers were not mailed yet"), _("Mail them")),
    "disputed": (_("Commenters disagree with answers"), _("Look at them")),
    "reviewed": (_("The review of a draft ends"), _("See it")),
    "phase": (_("All is answered; the next phase may begin"), _("See it")),
    "answered": (_("Every comment has its answer"), _("Conclude")),
    "columns": (_("A list of members waits: what do its columns mean?"), _("Confirm")),
    "refused file": (_("A file that was handed in cannot be read"), _("Look at it")),
    "alike": (_("Two members may be one person"), _("Decide")),
    "silent members": (_("Members who were asked whether they agree are silent"), _("Look at them")),
    "aside": (_("A mail could not be sorted"), _("Look at it")),
}
