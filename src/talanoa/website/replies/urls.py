"""Addresses of Consolidated Replies."""

from django.urls import path

from talanoa.website.replies import making

urlpatterns = [
    path("queries/<int:pk>/reply", making.reply, name="make-reply"),
    path("queries/<int:pk>/reply/begin", making.begin, name="begin-reply"),
    path("queries/<int:pk>/reply/draft", making.draft, name="draft-reply"),
    path("queries/<int:pk>/reply/take", making.take, name="take-response"),
    path("queries/<int:pk>/reply/sections/<slug:key>", making.section, name="section"),
    path("queries/<int:pk>/reply/sections/<slug:key>/versions", making.versions, name="versions"),
]
