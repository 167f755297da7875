"""Migrations that touch an index and nothing else."""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AlterField
from django.db.migrations.state import ProjectState


class DropIndexOfForeignKey(AlterField):
    """A foreign key's field becomes `db_index=False`: its index is dropped.

    Django would make the foreign key anew too, which reads both tables under a lock of the whole table.
    """

    reversible = False

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        column = model._meta.get_field(self.name).column
        named = {index.name for index in model._meta.indexes}
        named |= {constraint.name for constraint in model._meta.constraints}
        connection = schema_editor.connection
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, model._meta.db_table)
        for name, about in found.items():
            if about["index"] and about["columns"] == [column] and name not in named and not about["unique"]:
                schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")
