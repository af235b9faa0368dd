"""Addresses of Consolidated Replies; `/c/<slug>/replies/<number>` stands in every mail that brought one and must stay."""

from django.urls import path

from talanoa.website.replies import following, issuing, making, reading, rewriting

urlpatterns = [
    path("queries/<int:pk>/reply", making.reply, name="make-reply"),
    path("queries/<int:pk>/reply/begin", making.begin, name="begin-reply"),
    path("queries/<int:pk>/reply/draft", making.draft, name="draft-reply"),
    path("queries/<int:pk>/reply/take", making.take, name="take-response"),
    path("queries/<int:pk>/reply/sections/<slug:key>", making.section, name="section"),
    path("queries/<int:pk>/reply/sections/<slug:key>/versions", making.versions, name="versions"),
    path("queries/<int:pk>/reply/sections/<slug:key>/rewrite", rewriting.rewrite, name="rewrite"),
    path("queries/<int:pk>/reply/issue", issuing.issue, name="issue-reply"),
    path("c/<slug:slug>/replies", reading.listing, name="replies"),
    path("c/<slug:slug>/replies.atom", reading.feed, name="replies-feed"),
    path("c/<slug:slug>/replies/<int:number>", reading.reply, name="reply"),
    path("c/<slug:slug>/replies/<int:number>/v<int:version>", reading.reply, name="reply-version"),
    path("c/<slug:slug>/replies/<int:number>/v<int:version>.pdf", reading.pdf, name="reply-pdf"),
    path("c/<slug:slug>/replies/<int:number>/v<int:version>.docx", reading.docx, name="reply-docx"),
    path("follow-up/<str:token>", following.follow_up, name="follow-up"),
    path("follow-up/<str:token>/<int:score>", following.follow_up, name="follow-up-so"),
]
