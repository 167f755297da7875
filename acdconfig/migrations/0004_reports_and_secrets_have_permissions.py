"""Roles and people of before: who may see contacts may see and export reports; secrets go with scripts."""

from django.db import migrations

VERBS = ("view", "add", "change", "deactivate", "delete")
GRANTS = [
    (("contacts", "view_contact"), ("reporting", "report", "view_report", "Can view saved report")),
    (
        ("contacts", "view_contact"),
        ("reporting", "report", "export_report", "Can export reports and have them sent"),
    ),
    *(
        (("scripts", f"{verb}_script"), ("scripts", "scriptsecret", f"{verb}_scriptsecret", f"Can {verb} secret"))
        for verb in VERBS
    ),
]


def give(apps, _editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    for (app, codename), (target_app, model, target, name) in GRANTS:
        known = Permission.objects.filter(content_type__app_label=app, codename=codename).first()
        if known is None:
            # A new installation: its roles are made after its permissions.
            continue
        kind, _is_new = ContentType.objects.get_or_create(app_label=target_app, model=model)
        given, _is_new = Permission.objects.get_or_create(
            content_type=kind, codename=target, defaults={"name": name}
        )
        for group in known.group_set.all():
            group.permissions.add(given)
        for user in known.user_set.all():
            user.user_permissions.add(given)


class Migration(migrations.Migration):
    dependencies = [
        ("acdconfig", "0003_hours_have_permissions"),
        ("contacts", "0006_event_written_in"),
        ("reporting", "0001_initial"),
        ("scripts", "0004_secrets"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
