from __future__ import annotations

from django.urls import path

from setup_wizard import trying, views

urlpatterns = [
    path("setup/", views.overview, name="setup"),
    path("setup/new/", views.begin, name="setup-new"),
    path("setup/<int:registration>/", views.channel, name="setup-channel"),
    path("setup/<int:registration>/first-text/", trying.first_text, name="setup-first-text"),
    path("setup/<int:registration>/trail/", trying.trail, name="setup-trail"),
    path("setup/<int:registration>/<slug:slug>/", views.step, name="setup-step"),
]
