"""How Streamlit is set up: nothing leaves the installation, and it looks like Ibid."""

from streamlit import config

_QUIET = {
    # without an address Streamlit asks a host outside for it
    "browser.serverAddress": "localhost",
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "runner.magicEnabled": False,
    "server.enableAgentApi": False,
    "server.fileWatcherType": "none",
    "server.headless": True,
    "server.showEmailPrompt": False,
    # documents go to the API through a route of our own
    "server.maxUploadSize": 1,
    "server.maxMessageSize": 20,
    # a browser that comes back later rebuilds its page from the address
    "server.disconnectedSessionTTL": 60,
}

_THEME = {
    "theme.font": "sans-serif",
    "theme.headingFont": "serif",
    "theme.headingFontWeights": [600, 600, 600, 600, 600, 600],
    "theme.headingFontSizes": ["2rem", "1.5rem", "1.2rem", "1.05rem", "1rem", "1rem"],
    "theme.baseRadius": "8px",
    "theme.showSidebarBorder": True,
}

_LIGHT = {
    "primaryColor": "#1f5c57",
    "backgroundColor": "#ffffff",
    "secondaryBackgroundColor": "#f4f3ee",
    "textColor": "#1f2328",
    "linkColor": "#1f5c57",
    "borderColor": "#dcd9cf",
}
_LIGHT_SIDEBAR = {"backgroundColor": "#f7f6f2", "secondaryBackgroundColor": "#ebe9e1"}

_DARK = {
    "primaryColor": "#2c877d",
    "backgroundColor": "#17191b",
    "secondaryBackgroundColor": "#222628",
    "textColor": "#e8e6e1",
    "linkColor": "#7cc0b8",
    "borderColor": "#3a3e40",
}
_DARK_SIDEBAR = {"backgroundColor": "#1c1f21", "secondaryBackgroundColor": "#282c2e"}


def set_options() -> None:
    """Set Streamlit's options for this process."""
    for name, value in _options().items():
        config.set_option(name, value)


def _options() -> dict[str, object]:
    themes = {
        "theme.light": _LIGHT,
        "theme.light.sidebar": _LIGHT_SIDEBAR,
        "theme.dark": _DARK,
        "theme.dark.sidebar": _DARK_SIDEBAR,
    }
    colours = {
        f"{section}.{name}": value
        for section, values in themes.items()
        for name, value in values.items()
    }
    return {**_QUIET, **_THEME, **colours}
