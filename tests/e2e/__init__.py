"""The system as its users meet it, started by the scripts that they start it with."""
