"""Addresses of conversations; `/c/<slug>/m/<key>` stands in every circulated copy and must stay."""

from django.urls import path

from talanoa.website.conversations import views, withdrawing, writing

urlpatterns = [
    path("/conversations", views.listing, name="conversations"),
    path("/conversations/<int:pk>", views.conversation, name="conversation"),
    path("/m/<str:key>", views.message, name="message"),
    path("/m/<str:key>/attachments/<int:pk>", views.attachment, name="attachment"),
    path("/m/<str:key>/answer", writing.answer, name="answer"),
    path("/m/<str:key>/answer-privately", writing.answer_privately, name="answer-privately"),
    path("/m/<str:key>/withdraw", withdrawing.withdraw, name="withdraw"),
    path("/write", writing.write, name="write"),
    path("/sent/<int:pk>", writing.sent, name="sent"),
]
