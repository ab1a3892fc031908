"""Tokens of share links and invitations stay out of logs: whatever logs a request line goes through this filter."""

import logging
import re

_TOKEN = re.compile(r"(/(?:s|join)/)[^\s?#\"']+")


class Scrub(logging.Filter):
    """Replaces the token in ``/s/<token>`` and ``/join/<token>`` in a record's message and arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, str):
            record.msg = scrub(record.msg)
        if isinstance(record.args, dict):
            for key in record.args:  # in place: gunicorn's mapping answers for names that it does not hold
                record.args[key] = scrub(record.args[key])
        elif record.args:
            record.args = tuple(scrub(value) for value in record.args)
        return True


def scrub(value):
    return _TOKEN.sub(r"\1***", value) if isinstance(value, str) else value
