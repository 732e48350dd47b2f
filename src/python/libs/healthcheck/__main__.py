"""``python -m libs.healthcheck URL``: exits with 0 if the answer is 200, and with 1 otherwise."""

import sys
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

_SECONDS = 4


def main(url: str) -> int:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=_SECONDS)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        print(answer.status, answer.read(1000).decode("utf-8", "replace"))
    except (OSError, HTTPException) as error:
        print(f"{url} does not answer: {error}")
        return 1
    finally:
        connection.close()
    return 0 if answer.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
