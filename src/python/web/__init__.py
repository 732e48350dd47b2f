"""The dashboard: search, read, upload and look after documents, in a browser."""
