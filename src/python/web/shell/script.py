"""What Streamlit runs for each session, at each interaction."""

from web.shell.navigation import draw

draw()
