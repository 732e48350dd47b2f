"""The pages, one module each: ask the client, call components."""
