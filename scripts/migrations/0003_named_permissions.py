from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('scripts', '0002_drafts_and_editing'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='script',
            options={'default_permissions': ('view', 'add', 'change', 'deactivate', 'delete'), 'permissions': [('override_script_lock', 'Can take over a script that another person edits')], 'verbose_name': 'script', 'verbose_name_plural': 'scripts'},
        ),
    ]
