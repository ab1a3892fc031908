"""Sessions end when nobody has used them for ``SESSION_IDLE_HOURS``, without a write for every request."""

from django.contrib.sessions.backends import db
from django.utils import timezone

#: A session is renewed once this share of its time has passed.
RENEWED_AFTER = 0.1


class SessionStore(db.SessionStore):
    """Django's sessions in the database; ``ends_at`` is the row's own end once it was read."""

    ends_at = None

    def _validate_session_key(self, key):
        """A cookie can spell a NUL, on which the database would break: no session has such a key."""
        return super()._validate_session_key(key) and "\x00" not in key

    def _get_session_from_db(self):
        row = super()._get_session_from_db()
        self.ends_at = row.expire_date if row else None
        return row


class Renew:
    """Middleware: whoever opens a page or sends a form stays signed in; a page that only refreshes itself does not."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        session = request.session
        if session.accessed and session.ends_at and is_a_person(request):
            left = (session.ends_at - timezone.now()).total_seconds()
            if left < (1 - RENEWED_AFTER) * session.get_session_cookie_age():
                session.modified = True
        return response


def is_a_person(request) -> bool:
    """Pages poll by htmx and fetch their figures from the API: neither says that somebody is there."""
    asks = request.method in ("GET", "HEAD")
    return not (asks and (request.headers.get("HX-Request") or request.path.startswith("/api/")))
