"""Addresses of the desk."""

from django.urls import path

from talanoa.website.moderation import addresses, deciding, newcomers, views

urlpatterns = [
    path("moderation", views.queue, name="moderation"),
    path("moderation/<int:pk>", views.held, name="held"),
    path("moderation/<int:pk>/open", views.open_it, name="open-held"),
    path("moderation/addresses", addresses.listing, name="addresses"),
    path("moderation/addresses/<int:pk>/try", addresses.try_again, name="try-address"),
    path("moderation/addresses/<int:pk>/resume", addresses.resume, name="resume-address"),
    path("moderation/newcomers", newcomers.newcomers, name="newcomers"),
    path("moderation/newcomers/<int:pk>", newcomers.newcomer, name="newcomer"),
    path("decide/<str:token>", deciding.decide, name="decide"),
    path("decide/<str:token>/<str:what>", deciding.decide, name="decide-so"),
]
