"""The form of a saved report."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from core.errors import RuleBroken
from reporting.models import Report

SENDING = ("frequency", "file_format", "recipients")


class ReportForm(forms.ModelForm):
    """Name and sharing; and sending, for who may export. The service keeps it and says what is wrong."""

    class Meta:
        model = Report
        fields = ("name", "is_shared", *SENDING)
        widgets: ClassVar = {"recipients": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *arguments: Any, may_send: bool, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if not may_send:
            for name in SENDING:
                del self.fields[name]
        for field in self.fields.values():
            looks: dict[type, str] = {forms.Select: "form-select", forms.CheckboxInput: "form-check-input"}
            look = looks.get(type(field.widget), "form-control")
            field.widget.attrs.setdefault("class", look)

    def _post_clean(self) -> None:
        """The instance stays as it is: the service checks the rules and stores it."""

    def take(self, refusal: RuleBroken) -> None:
        """Show the sentences of the service at their fields."""
        for name, texts in refusal.fields.items():
            self.add_error(name if name in self.fields else None, list(texts))
