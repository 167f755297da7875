from __future__ import annotations

from django.urls import path

from reporting import views

urlpatterns = [
    path("", views.overview, name="reports"),
    path("contacts/", views.contacts, name="report-contacts"),
    path("contacts/<int:pk>/", views.contact, name="report-contact"),
    path("saved/new/", views.save, name="report-save"),
    path("saved/<int:pk>/", views.saved, name="report-saved"),
    path("saved/<int:pk>/change/", views.save, name="report-change"),
    path("saved/<int:pk>/delete/", views.forget, name="report-delete"),
    path("<slug:slug>/", views.report, name="report"),
    path("<slug:slug>/export/", views.export, name="report-export"),
]
