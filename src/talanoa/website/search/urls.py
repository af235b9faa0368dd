"""Addresses of the search: everywhere, and in one community."""

from django.urls import path

from talanoa.website.search import views

urlpatterns = [
    path("search", views.search, name="search"),
    path("c/<slug:slug>/search", views.search, name="search-community"),
    path("c/<slug:slug>/search.atom", views.feed, name="search-feed"),
    path("c/<slug:slug>/m/<str:key>/similar", views.similar, name="similar"),
]
