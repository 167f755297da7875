from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import core.fields

# By a trigger, so that no service that sets a state can forget it, and only when the state really changes: the
# load in the same row changes with every offer.
LOG = """
CREATE FUNCTION agents_log_state_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE agents_agentstatechange SET until = GREATEST(NEW.since, since)
         WHERE agent_id = NEW.agent_id AND until IS NULL;
    END IF;
    INSERT INTO agents_agentstatechange (agent_id, status, reason, since)
    VALUES (NEW.agent_id, NEW.status, NEW.reason, NEW.since);
    RETURN NULL;
END $$;
CREATE TRIGGER agents_state_made AFTER INSERT ON agents_agentstate
   FOR EACH ROW EXECUTE FUNCTION agents_log_state_change();
CREATE TRIGGER agents_state_changed AFTER UPDATE OF status, reason ON agents_agentstate
   FOR EACH ROW WHEN ((OLD.status, OLD.reason) IS DISTINCT FROM (NEW.status, NEW.reason))
   EXECUTE FUNCTION agents_log_state_change();
INSERT INTO agents_agentstatechange (agent_id, status, reason, since)
SELECT agent_id, status, reason, since FROM agents_agentstate;
"""
FORGET = """
DROP TRIGGER agents_state_changed ON agents_agentstate;
DROP TRIGGER agents_state_made ON agents_agentstate;
DROP FUNCTION agents_log_state_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0002_named_permissions"),
    ]

    operations = [
        migrations.CreateModel(
            name="AgentStateChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[("available", "Available"), ("unavailable", "Unavailable")], max_length=12
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=60)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("written_in", core.fields.TransactionField()),
                (
                    "agent",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="state_changes",
                        to="agents.agent",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["agent", "since"], name="agent_state_change_since"),
                    models.Index(fields=["written_in"], name="agent_state_change_written"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until__isnull", True)),
                        fields=("agent",),
                        name="agent_state_change_one_open",
                    )
                ],
            },
        ),
        migrations.RunSQL(LOG, FORGET),
    ]
