"""``python -m api``: read the settings, then serve until told to stop."""

from libs.pacing import paced
from libs.settings import ApiSettings, read_or_exit


def main() -> None:
    settings = read_or_exit(ApiSettings)
    with paced(settings.startup_percent, settings.startup_delay_seconds):
        from api.server import serve
    serve(settings)


if __name__ == "__main__":
    main()
