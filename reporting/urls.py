from __future__ import annotations

from django.urls import path

from reporting import views
from reporting.planning import pages

urlpatterns = [
    path("", views.overview, name="reports"),
    path("contacts/", views.contacts, name="report-contacts"),
    path("contacts/<int:pk>/", views.contact, name="report-contact"),
    path("saved/new/", views.save, name="report-save"),
    path("saved/<int:pk>/", views.saved, name="report-saved"),
    path("saved/<int:pk>/change/", views.save, name="report-change"),
    path("saved/<int:pk>/delete/", views.forget, name="report-delete"),
    path("planning/", pages.overview, name="report-plans"),
    path("planning/<int:pk>/", pages.plan, name="report-plan"),
    path("planning/<int:pk>/progress/", pages.progress, name="report-plan-progress"),
    path("planning/<int:pk>/export/", pages.export, name="report-plan-export"),
    path("planning/<int:pk>/copy/", pages.copy, name="report-plan-copy"),
    path("planning/<int:pk>/again/", pages.again, name="report-plan-again"),
    path("planning/<int:pk>/delete/", pages.forget, name="report-plan-delete"),
    path("<slug:slug>/", views.report, name="report"),
    path("<slug:slug>/export/", views.export, name="report-export"),
]
