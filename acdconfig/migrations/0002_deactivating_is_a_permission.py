"""Who could deactivate by editing may go on doing so, now that it is a permission of its own."""

from django.db import migrations

# As they were when this was written: a migration imports nothing that may change.
OBJECTS = (
    ("sms_registrations", "smsregistration"),
    ("campaigns", "campaign"),
    ("skills", "skill"),
    ("scripts", "script"),
    ("points_of_contact", "pointofcontact"),
    ("dispositions", "disposition"),
    ("dispositions", "tag"),
    ("agents", "team"),
    ("agents", "agent"),
    ("organizations", "businessunit"),
    ("organizations", "user"),
    ("organizations", "apitoken"),
)


def give(apps, _editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    for app, model in OBJECTS:
        edit = Permission.objects.filter(content_type__app_label=app, codename=f"change_{model}").first()
        if edit is None:
            # A new installation: its roles are made after its permissions.
            continue
        kind = ContentType.objects.get(app_label=app, model=model)
        deactivate, _is_new = Permission.objects.get_or_create(
            content_type=kind, codename=f"deactivate_{model}", defaults={"name": f"Can deactivate {model}"}
        )
        for group in edit.group_set.all():
            # The supervisor edits agents to staff skills and to set limits.
            if group.name != "Supervisor":
                group.permissions.add(deactivate)
        for user in edit.user_set.all():
            user.user_permissions.add(deactivate)


class Migration(migrations.Migration):
    dependencies = [
        ("acdconfig", "0001_heartbeat"),
        ("agents", "0002_named_permissions"),
        ("campaigns", "0002_named_permissions"),
        ("dispositions", "0002_named_permissions"),
        ("organizations", "0002_named_permissions"),
        ("points_of_contact", "0002_named_permissions"),
        ("scripts", "0003_named_permissions"),
        ("skills", "0002_named_permissions"),
        ("sms_registrations", "0002_named_permissions"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
