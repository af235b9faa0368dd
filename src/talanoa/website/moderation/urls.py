"""Addresses of the desk."""

from django.urls import path

from talanoa.website.moderation import views

urlpatterns = [
    path("moderation", views.queue, name="moderation"),
    path("moderation/<int:pk>", views.held, name="held"),
    path("moderation/<int:pk>/open", views.open_it, name="open-held"),
]
