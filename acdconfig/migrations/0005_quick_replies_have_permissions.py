"""Roles and people of before: who may do something to tags may do the same to quick replies."""

from django.db import migrations

VERBS = ("view", "add", "change", "deactivate", "delete")


def give(apps, _editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    kind = None
    for verb in VERBS:
        known = Permission.objects.filter(
            content_type__app_label="dispositions", codename=f"{verb}_tag"
        ).first()
        if known is None:
            # A new installation: its roles are made after its permissions.
            continue
        kind = kind or ContentType.objects.get_or_create(app_label="quick_replies", model="quickreply")[0]
        given, _is_new = Permission.objects.get_or_create(
            content_type=kind,
            codename=f"{verb}_quickreply",
            defaults={"name": f"Can {verb} quick reply"},
        )
        for group in known.group_set.all():
            group.permissions.add(given)
        for user in known.user_set.all():
            user.user_permissions.add(given)


class Migration(migrations.Migration):
    dependencies = [
        ("acdconfig", "0004_reports_and_secrets_have_permissions"),
        ("quick_replies", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
