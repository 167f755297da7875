from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from acdconfig.urls import urlpatterns as product
from bench.models import BareText


@csrf_exempt
def bare(request: HttpRequest) -> HttpResponse:
    """The yardstick: read JSON, one ORM INSERT, answer."""
    data = json.loads(request.body)
    BareText.objects.create(message_id=data["messageId"], sender=data["msisdn"], fields=data)
    return HttpResponse("stored\n")


urlpatterns = [path("bare", bare), *product]
