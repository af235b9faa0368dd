"""Addresses of queries; `/c/<slug>/queries/<number>` stands in every circulated query and must stay."""

from django.urls import path

from talanoa.website.queries import views, workplace

urlpatterns = [
    path("c/<slug:slug>/queries", views.listing, name="queries"),
    path("c/<slug:slug>/queries/ask", views.ask, name="ask"),
    path("c/<slug:slug>/queries/customs", views.customs, name="customs"),
    path("c/<slug:slug>/queries/<int:number>", views.query, name="query"),
    path("c/<slug:slug>/m/<str:key>/take-up", workplace.take_up, name="take-up"),
    path("queries/<int:pk>", workplace.workplace, name="workplace"),
    path("queries/<int:pk>/approach/<int:person>", workplace.approach, name="approach"),
]
