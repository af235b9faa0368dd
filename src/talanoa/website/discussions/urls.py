"""Addresses of discussions; `/c/<slug>/discussions/<number>` stands in every mail about one and must stay."""

from django.urls import path

from talanoa.website.discussions import leading, reading, summarising

urlpatterns = [
    path("c/<slug:slug>/discussions", reading.listing, name="discussions"),
    path("c/<slug:slug>/discussions/propose", reading.propose, name="propose"),
    path("c/<slug:slug>/discussions/<int:number>", reading.discussion, name="discussion"),
    path("c/<slug:slug>/discussions/<int:number>/follow", reading.follow, name="follow-discussion"),
    path("c/<slug:slug>/discussions/<int:number>/summary/v<int:version>.pdf", reading.pdf, name="summary-pdf"),
    path("c/<slug:slug>/discussions/<int:number>/summary/v<int:version>.docx", reading.docx, name="summary-docx"),
    path("discussions/<int:pk>", leading.workplace, name="lead-discussion"),
    path("discussions/<int:pk>/invite/<int:person>", leading.invite, name="invite-to-discussion"),
    path("discussions/<int:pk>/summaries/<slug:which>", summarising.summary, name="make-summary"),
    path("discussions/<int:pk>/summaries/<slug:which>/draft", summarising.draft, name="draft-summary"),
    path("discussions/<int:pk>/summaries/<slug:which>/take", summarising.take, name="take-contribution"),
    path("discussions/<int:pk>/summaries/<slug:which>/issue", summarising.issue, name="issue-summary"),
    path("discussions/<int:pk>/summaries/<slug:which>/sections/<slug:key>", summarising.section, name="summary-section"),
    path("discussions/<int:pk>/summaries/<slug:which>/sections/<slug:key>/versions", summarising.versions, name="summary-versions"),
    path("feedback/<str:token>", reading.feedback, name="feedback"),
    path("feedback/<str:token>/<int:score>", reading.feedback, name="feedback-so"),
]
