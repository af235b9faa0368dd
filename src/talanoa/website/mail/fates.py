"""What became of a mail, in words for the log; the keys stand in addresses."""

from django.utils.translation import gettext_lazy as _

FATES = {
    "waiting": _("on its way"),
    "posted": _("circulated"),
    "held": _("waits for the facilitator"),
    "queued": _("goes out in its turn"),
    "rejected": _("rejected with a reason"),
    "turned-back": _("turned back"),
    "discarded": _("discarded"),
    "repeated": _("came twice"),
    "forwarded": _("passed to the facilitators"),
    "left": _("a member left"),
    "bounce-noted": _("a delivery report"),
    "set-aside": _("set aside"),
}
