"""Addresses of moving in."""

from django.urls import path

from talanoa.website.moving import agreeing, handing, old_list, persons, views, writing

urlpatterns = [
    path("agree/<str:token>", agreeing.agree, name="agree"),
    path("c/<slug:slug>/move", views.move, name="move"),
    path("c/<slug:slug>/move/hand-in/<str:kind>", handing.hand_in, name="hand-in"),
    path("c/<slug:slug>/move/handed/<int:pk>", handing.handed, name="handed"),
    path("c/<slug:slug>/move/messages", views.messages_of, name="move-messages"),
    path("c/<slug:slug>/move/aside", views.aside, name="move-aside"),
    path("c/<slug:slug>/move/lines", views.lines, name="move-lines"),
    path("c/<slug:slug>/move/alike", persons.alike, name="move-alike"),
    path("c/<slug:slug>/move/silent", persons.silent, name="move-silent"),
    path("c/<slug:slug>/move/old-list", old_list.old_list, name="old-list"),
    path("c/<slug:slug>/move/<str:kind>", writing.write, name="move-letter"),
]
