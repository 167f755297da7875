from __future__ import annotations

from django.urls import path

from studio import views

urlpatterns = [
    path("", views.scripts, name="studio"),
    path("new/", views.new, name="studio-new"),
    path("import/", views.import_file, name="studio-import"),
    path("actions/", views.actions, name="studio-actions"),
    path("contacts/<int:pk>/", views.trace, name="studio-trace"),
    path("scripts/<int:pk>/", views.editor, name="studio-script"),
    path("scripts/<int:pk>/contacts/", views.branch, name="studio-branch"),
    path("scripts/<int:pk>/versions/<int:number>/", views.version, name="studio-version"),
]
