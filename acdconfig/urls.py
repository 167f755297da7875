from __future__ import annotations

from django.contrib import admin
from django.contrib.auth import views as accounts
from django.urls import include, path
from django_prometheus.exports import ExportToDjangoView

from acdconfig import views
from organizations.views import set_language

# What is asked most comes first: every pattern before it is tried in vain.
urlpatterns = [
    path("", include("messaging.webhooks")),
    path("api/", include("acdconfig.api")),
    path("", views.home, name="home"),
    path("", include("workspace.views")),
    path("", include("supervisor.views")),
    path("", include("simulator.views")),
    path("", include("setup_wizard.urls")),
    path("studio/", include("studio.urls")),
    path("reports/", include("reporting.urls")),
    path("accounts/login/", accounts.LoginView.as_view(), name="login"),
    path("accounts/logout/", accounts.LogoutView.as_view(), name="logout"),
    path("i18n/setlang/", set_language, name="set_language"),
    path("acd/", admin.site.urls),
    # The same pages at the addresses of Django's admin.
    path("admin/", (admin.site.get_urls(), "admin", "classic")),
    path("health/live", views.live),
    path("health/ready", views.ready),
    path("metrics", ExportToDjangoView),
]
