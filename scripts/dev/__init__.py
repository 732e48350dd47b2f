"""Ibid on a developer's machine: what scripts/dev-up.sh and scripts/dev-down.sh do.

``python -m dev up`` (front.py) starts a supervisor in a session of its own and shows what it says;
``supervise`` (supervisor.py) is that process: it owns PostgreSQL, Redis and the three services,
restarts a service when its code changes, and takes all of them with it when it ends;
``down`` (down.py) stops it, and whatever a killed one has left.
"""
