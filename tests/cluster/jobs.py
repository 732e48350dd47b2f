"""Jobs that an operator makes of a CronJob of the release."""

from cluster import kube
from cluster.installation import Installation


def run(
    installation: Installation, name: str, *, outcome: str = "Complete", **environment: str
) -> list[str]:
    """Make a Job of the CronJob, wait until it has come to this end, and return what it said."""
    cron, job = f"cronjob/{installation.release}-{name}", f"{name}-now"
    installation.kubectl("delete", "job", job, "--ignore-not-found")
    make = ["create", "job", f"--from={cron}", job, "--dry-run=client", "--output=yaml"]
    wanted = installation.kubectl(*make)
    if environment:
        variables = [f"{key}={value}" for key, value in environment.items()]
        change = ["kubectl", "set", "env", "--local", "--filename=-", "--output=yaml", *variables]
        wanted = kube.run(change, text=wanted).stdout
    kube.kubectl(installation.namespace, "create", "--filename=-", text=wanted)
    installation.kubectl("wait", f"--for=condition={outcome}", f"job/{job}", "--timeout=300s")
    return installation.kubectl("logs", f"job/{job}").splitlines()
