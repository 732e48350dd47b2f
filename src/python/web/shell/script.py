"""What Streamlit runs for each session, at each interaction, as ``__main__``."""

from web.shell.navigation import draw

if __name__ == "__main__":
    draw()
