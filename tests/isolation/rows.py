"""A row for each address of the site: its paths, and which canaries stand there for who may see them."""

from canaries import CLASSES, Worlds

from talanoa.mail.tokens import seal


def _held(w: Worlds, slug: str) -> str:
    return f"/moderation/{w.held[slug].pk}"


def _reply(w: Worlds, slug: str) -> str:
    return f"/queries/{w.queries[slug].pk}/reply"


def _summary(w: Worlds, slug: str) -> str:
    return f"/discussions/{w.discussions[slug].pk}/summaries/final"


# name of the pattern: function of the worlds and a community, giving paths and what stands on them
OF_A_COMMUNITY = {
    "community": lambda w, s: [(f"/c/{s}", {"about"})],
    "members": lambda w, s: [(f"/c/{s}/members", {"member"}), (f"/c/{s}/members?q=Zq{s}memb", {"member"})],
    "member": lambda w, s: [
        (f"/c/{s}/members/{m.person_id}", {"member"}) for m in getattr(w.cast, s).memberships.filter(person__name__startswith="Zq")
    ]
    + [(f"/c/{s}/members/{person.pk}", set()) for person in (w.cast.ben, w.cast.xenia, w.cast.farid)],
    "ban": lambda w, s: [(f"/c/{s}/members/{person.pk}/ban", set()) for person in (w.cast.ben, w.cast.bram, w.cast.farid)],
    "withdraw": lambda w, s: [(f"/c/{s}/m/{post.key}/withdraw", set()) for post in w.posts.values()],
    "newcomer": lambda w, s: [(f"/moderation/newcomers/{w.applications[s].pk}", {"applicant"})],
    "delivery": lambda w, s: [(f"/c/{s}/delivery", set())],
    "leave-community": lambda w, s: [(f"/c/{s}/leave", set())],
    "settings": lambda w, s: [(f"/c/{s}/settings", set())],
    "conversations": lambda w, s: [(f"/c/{s}/conversations", {"subject"}), (f"/c/{s}/conversations?page=2", set())],
    "conversation": lambda w, s: [(f"/c/{s}/conversations/{w.posts[s].conversation_id}", {"subject", "body", "file"})]
    + [(f"/c/{s}/conversations/{post.conversation_id}", set()) for post in w.posts.values()],
    "message": lambda w, s: [(f"/c/{s}/m/{w.posts[s].key}", {"subject", "body", "file"})]
    + [(f"/c/{s}/m/{post.key}", set()) for post in w.posts.values()],
    "attachment": lambda w, s: [(f"/c/{s}/m/{w.posts[s].key}/attachments/{w.posts[s].attachments.get().pk}", {"content"})]
    + [(f"/c/{s}/m/{w.posts[s].key}/attachments/{post.attachments.get().pk}", set()) for post in w.posts.values()]
    + [(f"/c/{s}/m/{post.key}/attachments/{post.attachments.get().pk}", set()) for post in w.posts.values()],
    "answer": lambda w, s: [(f"/c/{s}/m/{post.key}/answer", set()) for post in w.posts.values()],
    "answer-privately": lambda w, s: [(f"/c/{s}/m/{post.key}/answer-privately", set()) for post in w.posts.values()],
    "write": lambda w, s: [(f"/c/{s}/write", set())],
    "sent": lambda w, s: [(f"/c/{s}/sent/{w.posts[s].received_id}", set()), (f"/c/{s}/sent/{w.held[s].received_id}", set())],
    "queries": lambda w, s: [(f"/c/{s}/queries", {"querytitle"}), (f"/c/{s}/queries?page=2", set())],
    "query": lambda w, s: [(f"/c/{s}/queries/{w.queries[s].number}", {"querytitle"}), (f"/c/{s}/queries/2", set())],
    "ask": lambda w, s: [(f"/c/{s}/queries/ask", set())],
    "customs": lambda w, s: [(f"/c/{s}/queries/customs", set())],
    "move": lambda w, s: [(f"/c/{s}/move", set())],
    "hand-in": lambda w, s: [(f"/c/{s}/move/hand-in/members", set())],
    "handed": lambda w, s: [(f"/c/{s}/move/handed/1", set())],
    "move-messages": lambda w, s: [(f"/c/{s}/move/messages", set())],
    "move-aside": lambda w, s: [(f"/c/{s}/move/aside", set())],
    "move-lines": lambda w, s: [(f"/c/{s}/move/lines", set())],
    "move-alike": lambda w, s: [(f"/c/{s}/move/alike", set())],
    "move-silent": lambda w, s: [(f"/c/{s}/move/silent", set())],
    "old-list": lambda w, s: [(f"/c/{s}/move/old-list", set())],
    "move-letter": lambda w, s: [(f"/c/{s}/move/ask", set())],
    "take-up": lambda w, s: [(f"/c/{s}/m/{w.posts[s].key}/take-up", set())],
    "workplace": lambda w, s: [(f"/queries/{w.drafts[s].pk}", {"querydraft"}), (f"/queries/{w.queries[s].pk}", set())],
    "approach": lambda w, s: [(f"/queries/{w.queries[s].pk}/approach/{w.cast.ben.pk}", set()), (f"/queries/{w.drafts[s].pk}/approach/{w.cast.ben.pk}", set())],
    "consultations": lambda w, s: [(f"/c/{s}/consultations", {"consultation"}), (f"/c/{s}/consultations?page=2", set())],
    "prepare-consultation": lambda w, s: [(f"/c/{s}/consultations/prepare", set())],
    "consultation": lambda w, s: [(f"/c/{s}/consultations/1", {"consultation"}), (f"/c/{s}/consultations/2", set())],
    "comment": lambda w, s: [(f"/c/{s}/consultations/1/comments/1", {"remark"}), (f"/c/{s}/consultations/1/comments/2", set())],
    "matrix": lambda w, s: [(f"/c/{s}/consultations/1/matrix", {"remark"}), (f"/c/{s}/consultations/1/matrix?on=1", {"remark"})],
    "consultation-life": lambda w, s: [(f"/c/{s}/consultations/1/life", {"consultation"})],
    "matrix-file": lambda w, s: [
        (f"/c/{s}/consultations/1/matrix.{ending}", shown) for ending, shown in (("xlsx", {"remark"}), ("docx", {"remark"}), ("exe", set()))
    ],
    "proceedings": lambda w, s: [(f"/c/{s}/consultations/1/proceedings.docx", {"remark"}), (f"/c/{s}/consultations/2/proceedings.docx", set())],
    "draft": lambda w, s: [(f"/c/{s}/consultations/1/drafts/1.received", {"consultation"}), (f"/c/{s}/consultations/1/drafts/1.docx", {"consultation"}), (f"/c/{s}/consultations/1/drafts/2.docx", set())],
    "consultation-workplace": lambda w, s: [(f"/consultations/{w.prepared[s].pk}", {"prepared"}), (f"/consultations/{w.consultations[s].pk}", set())],
    "make-reply": lambda w, s: [(_reply(w, s), {"replydraft"}), (f"/queries/{w.drafts[s].pk}/reply", set())],
    "begin-reply": lambda w, s: [(f"{_reply(w, s)}/begin", set())],
    "draft-reply": lambda w, s: [(f"{_reply(w, s)}/draft", set())],
    "take-response": lambda w, s: [(f"{_reply(w, s)}/take", set())],
    "section": lambda w, s: [(f"{_reply(w, s)}/sections/summary", set())],
    "rewrite": lambda w, s: [(f"{_reply(w, s)}/sections/summary/rewrite", set())],
    "versions": lambda w, s: [(f"{_reply(w, s)}/sections/summary/versions", {"replydraft"}), (f"{_reply(w, s)}/sections/nothing/versions", set())],
    "issue-reply": lambda w, s: [(f"{_reply(w, s)}/issue", {"replydraft"}), (f"/queries/{w.drafts[s].pk}/reply/issue", set())],
    "replies": lambda w, s: [(f"/c/{s}/replies", {"reply"}), (f"/c/{s}/replies?theme=Zq", {"reply"}), (f"/c/{s}/replies?year=1999", set())],
    "replies-feed": lambda w, s: [(f"/c/{s}/replies.atom", {"reply"} if s == "health" else set())],
    "reply": lambda w, s: [(f"/c/{s}/replies/1", {"reply"}), (f"/c/{s}/replies/2", set())],
    "reply-version": lambda w, s: [(f"/c/{s}/replies/1/v1", {"reply"}), (f"/c/{s}/replies/1/v2", set())],
    "reply-pdf": lambda w, s: [(f"/c/{s}/replies/1/v1.pdf", {"reply"})],
    "reply-docx": lambda w, s: [(f"/c/{s}/replies/1/v1.docx", {"reply"})],
    "discussions": lambda w, s: [(f"/c/{s}/discussions", {"discussion"}), (f"/c/{s}/discussions?page=2", set())],
    "propose": lambda w, s: [(f"/c/{s}/discussions/propose", set())],
    "discussion": lambda w, s: [(f"/c/{s}/discussions/1", {"discussion", "summary"}), (f"/c/{s}/discussions/2", set())],
    "follow-discussion": lambda w, s: [(f"/c/{s}/discussions/1/follow", set())],
    "summary-pdf": lambda w, s: [(f"/c/{s}/discussions/1/summary/v2.pdf", set())],
    "summary-docx": lambda w, s: [(f"/c/{s}/discussions/1/summary/v1.docx", {"summary"}), (f"/c/{s}/discussions/1/summary/v2.docx", set())],
    "lead-discussion": lambda w, s: [(f"/discussions/{w.proposals[s].pk}", {"proposal"}), (f"/discussions/{w.discussions[s].pk}", set())],
    "invite-to-discussion": lambda w, s: [(f"/discussions/{w.discussions[s].pk}/invite/{w.cast.ben.pk}", set())],
    "make-summary": lambda w, s: [(_summary(w, s), {"summarydraft"}), (f"/discussions/{w.discussions[s].pk}/summaries/1", {"summarydraft"})],
    "draft-summary": lambda w, s: [(f"{_summary(w, s)}/draft", set())],
    "take-contribution": lambda w, s: [(f"{_summary(w, s)}/take", set())],
    "issue-summary": lambda w, s: [(f"{_summary(w, s)}/issue", {"summarydraft"})],
    "summary-section": lambda w, s: [(f"{_summary(w, s)}/sections/points", set())],
    "summary-versions": lambda w, s: [(f"{_summary(w, s)}/sections/points/versions", {"summarydraft"})],
    "held": lambda w, s: [(_held(w, s), {"heldsubject", "heldbody"})],
    "open-held": lambda w, s: [(f"{_held(w, s)}/open", set())],
    "original": lambda w, s: [(f"/log/{w.posts[s].received_id}", {"header", "subject", "body"}), (f"/log/{w.held[s].received_id}", {"header", "heldbody"})],
    "raw": lambda w, s: [(f"/log/{w.posts[s].received_id}/raw", {"header"}), (f"/log/{w.held[s].received_id}/raw", {"heldbody"})],
    # By kinds: a page tells again what was asked, so that a canary among the words would be seen by whoever typed it.
    "search-community": lambda w, s: [
        (f"/c/{s}/search?q=kind:{kind}", shown)
        for kind, shown in (("post", {"subject", "body"}), ("reply", {"reply"}), ("query", {"querytitle"}), ("member", {"member"}), ("file", set()), ("comment", {"remark"}), ("summary", {"summary"}))
    ]
    + [(f"/c/{s}/search", set()), (f"/c/{s}/search?q=year:2026", set()), (f"/c/{s}/search?q=nothing-like-this", set())]
    + [(f"/c/{s}/search?q=kind:post&in={post.conversation_id}", set()) for post in w.posts.values()],
    "search-feed": lambda w, s: [(f"/c/{s}/search.atom?q=kind:post", {"subject", "body"} if s == "health" else set())],
    "similar": lambda w, s: [(f"/c/{s}/m/{w.posts[s].key}/similar", {"subject"})] + [(f"/c/{s}/m/{post.key}/similar", set()) for post in w.posts.values()],
    "put-back": lambda w, s: [(f"/log/{w.held[s].received_id}/put-back", set())],
}
# Of the whole site; what stands there is scanned for everybody, and expected where `SHOWN_TO` says.
OF_THE_SITE = {
    "home": ["/"],
    "health": ["/healthz"],
    "robots": ["/robots.txt"],
    "favicon": ["/favicon.ico"],
    "sign-in": ["/sign-in"],
    "use-link": ["/sign-in/made-up"],
    "sign-out": ["/sign-out"],
    "me": ["/me"],
    "sessions": ["/me/sessions"],
    "approached": ["/me/approached"],
    "end-session": [],  # needs the number of somebody's session, see `paths`
    "desk": ["/desk"],
    "mornings": ["/desk/mornings"],
    "moderation": ["/moderation"],
    "newcomers": ["/moderation/newcomers"],
    "decide": ["/decide/made-up"],
    "decide-so": ["/decide/made-up/approve"],
    "log": ["/log", "/log?q=Zq", "/log?q=Zqcore", "/log?fate=held", "/log?fate=posted&q=Zqother", "/log?before=5"],
    "leave": ["/leave/made-up"],
    "agree": ["/agree/made-up"],
    "feedback": ["/feedback/made-up"],
    "feedback-so": ["/feedback/made-up/4"],
    "follow-up": ["/follow-up/made-up"],
    "follow-up-so": ["/follow-up/made-up/4"],
    "provider-inbound": ["/providers/postmark/inbound", "/providers/made-up/inbound"],
    "provider-inbound-mime": ["/providers/mailgun/inbound/mime"],
    "provider-tracking": ["/providers/postmark/tracking", "/providers/mailgun/tracking"],
    "addresses": ["/moderation/addresses"],
    "try-address": ["/moderation/addresses/1/try"],
    "resume-address": ["/moderation/addresses/1/resume"],
    "resume-own": ["/me/resume"],
    "resume": ["/resume/made-up"],
    "searches": ["/searches"],
    "end-search": ["/searches/1/end"],
    "search-link": ["/searches/1/feed"],
    "end-search-by-link": ["/searches/end/made-up"],
    "own-feed": ["/searches/feed/made-up.atom"],
    "search": ["/search?q=kind:post", "/search", "/search?q=kind:member", "/search?q=year:2026&sort=date", "/search?q=kind:reply"],
    "moved": ["/pipermail/made-up/2005-March/000001.html", "/archives/list/mdg@lists.example.org/message/old-mdg", "/g/health/message/1"],
}
SHOWN_TO = {
    "desk": {"farid": [("other", "heldsubject"), ("other", "querydraft")], "ana": [("mdg", "heldsubject"), ("core", "querydraft")]},
    "moderation": {"farid": [("other", "heldsubject")], "ana": [("mdg", "heldsubject"), ("core", "heldsubject"), ("health", "heldsubject")]},
    "newcomers": {"farid": [("other", "applicant")], "ana": [("mdg", "applicant"), ("core", "applicant")]},
    "log": {
        "farid": [("other", "subject")],
        "ana": [("mdg", "subject"), ("core", "subject")],
        "opal": [("mdg", "subject"), ("core", "subject"), ("other", "heldsubject")],
    },
    "search": {"ana": [("core", "body"), ("mdg", "body"), ("health", "body")], "farid": [("other", "body")], "olga": [("health", "body")]},
    "home": {"ana": [("core", "about"), ("mdg", "about")], "olga": [("mdg", "about")]},
}
# The page of a held mail is for facilitators alone; who runs the site has the log.
NOT_FOR_OPERATORS = {"held", "open-held", "newcomer", "workplace", "consultation-workplace", "make-reply", "versions", "issue-reply", "lead-discussion", "make-summary", "issue-summary", "summary-versions"}


def paths(w: Worlds) -> list[tuple[str, str, str | None, set[str]]]:
    """Every path: name, path, community, classes that stand there; asked once for a world, whose rows are many."""
    if w.paths:
        return w.paths
    made = [(name, path, None, set()) for name, those in OF_THE_SITE.items() for path in those]
    for name, row in OF_A_COMMUNITY.items():
        for slug in w.posts:
            once = dict(reversed(row(w, slug)))  # the first mention of a path tells what stands there
            made += [(name, path, slug, {kind for kind in shown if slug in CLASSES[kind]}) for path, shown in once.items()]
    made.append(("end-session", f"/me/sessions/{w.session}", None, set()))
    made.append(("leave", f"/leave/{seal('leave', w.cast.membership(w.cast.ben, w.cast.mdg).pk)}", None, set()))
    w.paths += made
    return made
