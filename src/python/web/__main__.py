"""``python -m web``: read the settings, then serve until told to stop."""

from libs.pacing import paced
from libs.settings import WebSettings, read_or_exit


def main() -> None:
    settings = read_or_exit(WebSettings)
    with paced(settings.startup_percent, settings.startup_delay_seconds):
        from web.server import serve
    serve(settings)


if __name__ == "__main__":
    main()
