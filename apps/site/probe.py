"""Ask this machine's web server whether it is ready: ``python -m apps.site.probe [--port 8000] [--path /readyz]``.

Loads no Django, so that it costs next to nothing. The request looks as if a proxy had sent it, for the host of
``BASE_URL``. Ends with 0 where the answer is 200; whatever the answer was is printed.
"""

import argparse
import http.client
import os
import sys
from urllib.parse import urlsplit


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m apps.site.probe", description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--path", default="/readyz")
    chosen = parser.parse_args(arguments)
    address = urlsplit(os.environ.get("BASE_URL", ""))
    headers = {"Host": address.netloc or "localhost", "X-Forwarded-Proto": address.scheme or "http"}
    connection = http.client.HTTPConnection("127.0.0.1", chosen.port, timeout=10)
    try:
        connection.request("GET", chosen.path, headers=headers)
        answer = connection.getresponse()
        print(answer.read(1000).decode(errors="replace").strip())
        return 0 if answer.status == 200 else 1
    except OSError as error:
        print(f"no answer: {error}")
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
