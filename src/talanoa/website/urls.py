"""Every address of the site."""

from django.urls import include, path

from talanoa.website import views
from talanoa.website.conversations.views import moved

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.health, name="health"),
    path("robots.txt", views.robots, name="robots"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("", include("talanoa.website.people.urls")),
    path("", include("talanoa.website.moderation.urls")),
    path("", include("talanoa.website.mail.urls")),
    path("", include("talanoa.website.desk.urls")),
    path("", include("talanoa.website.queries.urls")),
    path("", include("talanoa.website.replies.urls")),
    path("", include("talanoa.website.consultations.urls")),
    path("", include("talanoa.website.moving.urls")),
    path("", include("talanoa.website.discussions.urls")),
    path("", include("talanoa.website.search.urls")),
    path("c/<slug:slug>", include("talanoa.website.communities.urls")),
    path("c/<slug:slug>", include("talanoa.website.conversations.urls")),
    path("<path:old>", moved, name="moved"),  # the last: what no page of ours has
]

handler400 = "talanoa.website.views.not_understood"
handler403 = "talanoa.website.views.not_found"
handler404 = "talanoa.website.views.not_found"
handler500 = "talanoa.website.views.fault"
