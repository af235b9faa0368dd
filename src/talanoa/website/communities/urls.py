"""Addresses of a community."""

from django.urls import path

from talanoa.website.communities import banning, settings, views

urlpatterns = [
    path("", views.home, name="community"),
    path("/members", views.directory, name="members"),
    path("/members/<int:pk>", views.profile, name="member"),
    path("/members/<int:pk>/ban", banning.ban, name="ban"),
    path("/delivery", views.delivery, name="delivery"),
    path("/leave", views.leave, name="leave-community"),
    path("/settings", settings.settings, name="settings"),
]
