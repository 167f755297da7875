"""Roles and people of before: alert webhooks go with SMS registrations, their log with contacts."""

from django.db import migrations

VERBS = ("view", "add", "change", "deactivate", "delete")
GRANTS = [
    *(
        (
            ("sms_registrations", f"{verb}_smsregistration"),
            ("alertwebhook", f"{verb}_alertwebhook", f"Can {verb} alert webhook"),
        )
        for verb in VERBS
    ),
    (("contacts", "view_contact"), ("alertdelivery", "view_alertdelivery", "Can view alert delivery")),
]


def give(apps, _editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    for (app, codename), (model, target, name) in GRANTS:
        known = Permission.objects.filter(content_type__app_label=app, codename=codename).first()
        if known is None:
            # A new installation: its roles are made after its permissions.
            continue
        kind, _is_new = ContentType.objects.get_or_create(app_label="supervisor", model=model)
        given, _is_new = Permission.objects.get_or_create(
            content_type=kind, codename=target, defaults={"name": name}
        )
        for group in known.group_set.all():
            group.permissions.add(given)
        for user in known.user_set.all():
            user.user_permissions.add(given)


class Migration(migrations.Migration):
    dependencies = [
        ("supervisor", "0003_alert_webhooks"),
        ("contacts", "0009_kept_events"),
        ("sms_registrations", "0002_named_permissions"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop, elidable=True)]
