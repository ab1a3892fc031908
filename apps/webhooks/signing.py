"""How a receiver knows that a message is ours and new: the scheme of standardwebhooks.com, for which many languages have a library.

The signature is HMAC-SHA256 over ``<id>.<timestamp>.<body>`` under the secret without its prefix, decoded from base64.
"""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
BYTES = 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def headers(*, secret: str, message: str, timestamp: int, body: str) -> dict[str, str]:
    """The headers of a message: its id (for whoever gets it twice), when it was signed, and the signature."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message}.{timestamp}.{body}".encode()
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": message, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{signature}"}
