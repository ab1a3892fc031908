"""What a client does where it is sent elsewhere."""

import urllib.request


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token elsewhere: it is an answer like any other error."""

    def redirect_request(self, *args, **kwargs):
        return None
