"""Addresses of the search: everywhere, and in one community."""

from django.urls import path

from talanoa.website.search import saving, views

urlpatterns = [
    path("search", views.search, name="search"),
    path("searches", saving.searches, name="searches"),
    path("searches/<int:pk>/end", saving.end, name="end-search"),
    path("searches/<int:pk>/feed", saving.link, name="search-link"),
    path("searches/end/<str:token>", saving.end_by_link, name="end-search-by-link"),
    path("searches/feed/<str:token>.atom", saving.feed, name="own-feed"),
    path("c/<slug:slug>/search", views.search, name="search-community"),
    path("c/<slug:slug>/search.atom", views.feed, name="search-feed"),
    path("c/<slug:slug>/m/<str:key>/similar", views.similar, name="similar"),
]
