"""The ledger: jobs are rows, a worker holds one under a lease, and Redis only rings the bell."""

from libs.jobs.doorbell import ArqDoorbell, Doorbell, NullDoorbell, listen
from libs.jobs.leases import Leases, claim, counts, retry_delay, sweep
from libs.jobs.model import Count, JobRow, JobState, Lease, LeaseLost, Stage, Swept
from libs.jobs.repository import Jobs

__all__ = [
    "ArqDoorbell",
    "Count",
    "Doorbell",
    "JobRow",
    "JobState",
    "Jobs",
    "Lease",
    "LeaseLost",
    "Leases",
    "NullDoorbell",
    "Stage",
    "Swept",
    "claim",
    "counts",
    "listen",
    "retry_delay",
    "sweep",
]
