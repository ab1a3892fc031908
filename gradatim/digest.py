"""Digests: SHA-256 as 64 hexadecimal digits, of files and of canonical JSON (RFC 8785)."""

import hashlib
from pathlib import Path


def canonical_json(document: object) -> bytes:
    """The document as RFC 8785 bytes: sorted keys, shortest numbers, UTF-8. Refuses NaN and infinity."""
    import rfc8785

    return rfc8785.dumps(document)


def of_document(document: object) -> str:
    return of_bytes(canonical_json(document))


def of_bytes(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
