"""What pages are made of. A component draws what it is given and asks nobody."""
