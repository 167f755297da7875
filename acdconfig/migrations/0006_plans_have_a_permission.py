"""Roles and people of before: who may export reports may plan."""

from django.db import migrations


def give(apps, _editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    known = Permission.objects.filter(content_type__app_label="reporting", codename="export_report").first()
    if known is None:
        # A new installation: its roles are made after its permissions.
        return
    kind = ContentType.objects.get(app_label="reporting", model="report")
    given, _is_new = Permission.objects.get_or_create(
        content_type=kind,
        codename="plan_report",
        defaults={"name": "Can make plans: replay past days with another configuration"},
    )
    for group in known.group_set.all():
        group.permissions.add(given)
    for user in known.user_set.all():
        user.user_permissions.add(given)


class Migration(migrations.Migration):
    dependencies = [
        ("acdconfig", "0005_quick_replies_have_permissions"),
        ("reporting", "0004_plans"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
