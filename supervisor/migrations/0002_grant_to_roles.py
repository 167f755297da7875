"""The roles of an installation that is older than supervision may supervise as those of a new one."""

from django.db import migrations

GRANTS = {
    "Administrator": ("supervise_agent", "intervene_agent"),
    "Supervisor": ("supervise_agent", "intervene_agent"),
    "Manager": ("supervise_agent",),
}
NAMES = {
    "supervise_agent": "Can watch contacts and agents live",
    "intervene_agent": "Can change what agents have and what waits for them",
}


def grant(apps, schema_editor):
    groups = apps.get_model("auth", "Group").objects.filter(name__in=GRANTS)
    for group in groups:
        # A new installation has no roles yet: they are made with these permissions.
        content_type, _is_new = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
            app_label="agents", model="agent"
        )
        for codename in GRANTS[group.name]:
            permission, _is_new = apps.get_model("auth", "Permission").objects.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": NAMES[codename]}
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("supervisor", "0001_supervision"),
        ("agents", "0004_supervision"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop, elidable=True)]
