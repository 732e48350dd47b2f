"""The routes that stand beside Streamlit's: sign-in, uploads, downloads, probes."""
