"""What became of a mail, in words for the log; the keys stand in addresses."""

from django.utils.translation import gettext_lazy as _

FATES = {
    "waiting": _("on its way"),
    "posted": _("circulated"),
    "asked": _("a query, for the facilitator to word"),
    "commented": _("comments on a draft, taken apart"),
    "proposed": _("a discussion, for the facilitator to decide on"),
    "held": _("waits for the facilitator"),
    "queued": _("goes out in its turn"),
    "rejected": _("rejected with a reason"),
    "turned-back": _("turned back"),
    "discarded": _("discarded"),
    "repeated": _("came twice"),
    "kept": _("from the old list, kept"),
    "forwarded": _("passed to the facilitators"),
    "decided": _("a decision by mail"),
    "served": _("a command, carried out"),
    "not-understood": _("not understood, and answered"),
    "settings-changed": _("a choice of delivery, confirmed"),
    "asked-to-join": _("asks to join"),
    "joined": _("a member joined"),
    "refused": _("refused"),
    "put-back": _("put back, on its way"),
    "left": _("a member left"),
    "bounce-noted": _("a delivery report"),
    "set-aside": _("set aside"),
}
