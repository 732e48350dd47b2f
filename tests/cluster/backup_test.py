"""A dump, and the test that restores it into a server of its own and counts."""

from cluster import report
from cluster.installation import TAG, Installation


def test_a_backup_is_made_and_restored(installation: Installation) -> None:
    installation.upgrade(TAG, "backup.enabled=true", "backup.storage.size=1Gi")
    said = [_run(installation, name) for name in ("backup", "restore-test")]
    installation.upgrade()
    report.say("Backup and restore test", *[line for one in said for line in one[-2:]])


def _run(installation: Installation, name: str) -> list[str]:
    cron, job = f"cronjob/{installation.release}-{name}", f"{name}-now"
    installation.kubectl("create", "job", f"--from={cron}", job)
    installation.kubectl("wait", "--for=condition=Complete", f"job/{job}", "--timeout=300s")
    return installation.kubectl("logs", f"job/{job}").splitlines()
