"""``Authorization: Bearer grd_...`` at the API, and what a token's scope allows."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission

from apps.accounts.models import ApiToken, Scope
from apps.accounts.tokens import use_token

REFUSED = "This token is unknown, expired or revoked."


class BearerAuthentication(BaseAuthentication):
    """The person whose token it is. A request without the header is left to the session."""

    def authenticate(self, request):
        word, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if word.lower() != "bearer":
            return None
        token = use_token(secret.strip())
        if token is None:
            raise AuthenticationFailed(REFUSED)
        return token.user, token

    def authenticate_header(self, request) -> str:
        return "Bearer"


class TokenScope(BasePermission):
    """A token that may only read starts and changes nothing, whatever its owner's role."""

    message = "This token may only read: make one with the scope write."

    def has_permission(self, request, view) -> bool:
        token = request.auth
        return not isinstance(token, ApiToken) or token.scope == Scope.WRITE or request.method in SAFE_METHODS


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = BearerAuthentication
    name = "token"

    def get_security_definition(self, auto_schema) -> dict:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "grd_..."}
