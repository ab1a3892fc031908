"""What every API endpoint shares: errors as problem documents (RFC 9457), and pages of lists."""

from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions, pagination
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from gradatim.errors import UserError

PROBLEM = "application/problem+json"


def handle(error: Exception, context: dict) -> Response | None:
    """Django REST framework's exception handler. Unknown exceptions stay unhandled: they are crashes."""
    if isinstance(error, UserError):
        set_rollback()
        return _problem(400, error.sentence, **({"field": error.field} if error.field else {}))
    if isinstance(error, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 1e6
        return _problem(413, f"The body is larger than {most:.1f} MB, which is the most that this address takes.")
    answer = exception_handler(error, context)
    if answer is None:
        return None
    headers = {name: answer[name] for name in ("WWW-Authenticate", "Retry-After", "Allow") if name in answer}
    if isinstance(error, Http404 | exceptions.NotFound):
        return _problem(404, "There is nothing here that you can see.", headers=headers)
    if isinstance(error, exceptions.ValidationError):
        errors = _flat(error.detail)
        return _problem(400, "Some values cannot be used.", headers=headers, field=next(iter(errors)), errors=errors)
    if isinstance(error, PermissionDenied):
        return _problem(403, "Your role in this project does not allow this.", headers=headers)
    return _problem(answer.status_code, str(answer.data.get("detail", "")), headers=headers)


class Pages(pagination.LimitOffsetPagination):
    default_limit = 50
    max_limit = 200


def document_problems(result, generator, request, public):
    """drf-spectacular hook: each operation documents the problem that its failures answer with."""
    schema = {"$ref": "#/components/schemas/Problem"}
    result["components"]["schemas"]["Problem"] = {
        "type": "object",
        "description": "An error: detail is a sentence for people, field the dotted path of the input at fault.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "field": {"type": "string"},
            "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        },
    }
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = {
                "description": "What went wrong (RFC 9457)",
                "content": {PROBLEM: {"schema": schema}},
            }
    return result


def _problem(status: int, detail: str, headers: dict | None = None, **more) -> Response:
    title = HTTPStatus(status).phrase
    data = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return Response(data, status=status, headers=headers, content_type=PROBLEM)


def _flat(detail, path: str = "") -> dict[str, list[str]]:
    """Nested validation messages as {dotted field: [messages]}."""
    if isinstance(detail, dict):
        pairs = [(f"{path}.{key}" if path else str(key), value) for key, value in detail.items()]
    elif any(isinstance(item, dict | list) for item in detail):
        pairs = [(f"{path}.{i}" if path else str(i), value) for i, value in enumerate(detail) if value]
    else:
        return {path or "non_field_errors": [str(item) for item in detail]}
    return {key: messages for where, value in pairs for key, messages in _flat(value, where).items()}
