"""``python -m web``: read the settings, then serve until told to stop."""

from libs.settings import WebSettings, read_or_exit
from web.server import serve


def main() -> None:
    serve(read_or_exit(WebSettings))


if __name__ == "__main__":
    main()
