"""A dump, and the test that restores it into a server of its own and counts."""

from cluster import jobs, report
from cluster.installation import TAG, Installation


def test_a_backup_is_made_and_restored(installation: Installation) -> None:
    installation.upgrade(TAG, "backup.enabled=true", "backup.storage.size=1Gi")
    said = [jobs.run(installation, name) for name in ("backup", "restore-test")]
    installation.upgrade()
    report.say("Backup and restore test", *[line for one in said for line in one[-2:]])
