"""Addresses of the facilitator's first page."""

from django.urls import path

from talanoa.website.desk import views

urlpatterns = [
    path("desk", views.desk, name="desk"),
    path("desk/mornings", views.mornings, name="mornings"),
]
