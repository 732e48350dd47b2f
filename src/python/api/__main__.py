"""``python -m api``: read the settings, then serve until told to stop."""

from api.server import serve
from libs.settings import ApiSettings, read_or_exit


def main() -> None:
    serve(read_or_exit(ApiSettings))


if __name__ == "__main__":
    main()
