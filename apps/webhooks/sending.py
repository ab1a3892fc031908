"""One message over the network: no redirect is followed, little is read, and it is over by a deadline, whatever the other side does."""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from dataclasses import dataclass

from apps.webhooks import addresses
from gradatim.errors import UserError

#: Bytes of an answer that are read; nothing of them is kept.
READ = 1024
USER_AGENT = "Gradatim-Webhook/1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The HTTP status of the answer, if there was one, how long it took, and what went wrong in a sentence ("" is well)."""

    status: int | None
    seconds: float
    error: str


def post(url: str, *, headers: dict[str, str], body: str, timeout: float) -> Outcome:
    """POST the JSON body; whatever happens is an outcome."""
    began = time.monotonic()
    status, error = None, ""
    try:
        status = _status(addresses.resolve(url), headers, body, timeout)
        error = _remark(status)
    except UserError as refused:
        error = refused.sentence
    except socket.gaierror:
        error = "The host name is not known."
    except TimeoutError:
        error = f"No answer within {timeout:g} seconds."
    except ssl.SSLCertVerificationError as wrong:
        error = f"Its certificate is not valid: {wrong.verify_message}."
    except ConnectionRefusedError:
        error = "The connection was refused."
    except (OSError, http.client.HTTPException, ValueError) as wrong:
        error = f"The connection broke: {str(wrong) or type(wrong).__name__}"
    return Outcome(status, time.monotonic() - began, error[:300])


def _remark(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"It answered {status}, a redirect, which is not followed: give the address that it leads to."
    return f"It answered {status}."


def _status(target: addresses.Target, headers: dict[str, str], body: str, timeout: float) -> int:
    connection = _Connection(target, timeout)
    alarm = threading.Timer(timeout, connection.give_up)
    alarm.daemon = True
    alarm.start()
    try:
        about = {"Content-Type": "application/json", "User-Agent": USER_AGENT, **headers}
        connection.request("POST", target.path, body=body.encode(), headers=about)
        answer = connection.getresponse()
        answer.read(READ)
        return answer.status
    except (OSError, http.client.HTTPException):
        if connection.late:
            raise TimeoutError from None
        raise
    finally:
        alarm.cancel()
        connection.close()


class _Connection(http.client.HTTPConnection):
    """To the numbers that were looked at, under the name that was asked for. Knows no proxy of the environment."""

    def __init__(self, target: addresses.Target, timeout: float):
        super().__init__(target.host, target.port, timeout=timeout)
        self._target, self.late = target, False
        self.default_port = addresses.PORTS[target.scheme]

    def connect(self) -> None:
        for number in self._target.numbers:
            try:
                self.sock = socket.create_connection((number, self.port), self.timeout)
                break
            except OSError:
                if number == self._target.numbers[-1] or self.late:
                    raise
        if self.late:
            raise TimeoutError
        if self._target.scheme == "https":
            # The handshake comes after, so that giving up finds the socket.
            secured = ssl.create_default_context()
            self.sock = secured.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock.do_handshake()

    def give_up(self) -> None:
        """From another thread: whoever waits for this connection waits no longer."""
        self.late = True
        if self.sock is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
