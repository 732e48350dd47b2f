import io
import tarfile

from listing import listing


def exported(*members: tuple[str, bytes | None, int]) -> io.BytesIO:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content, time in members:
            member = tarfile.TarInfo(name)
            member.mtime = time
            if content is None:
                member.type = tarfile.DIRTYPE
            else:
                member.size = len(content)
            tar.addfile(member, io.BytesIO(content or b""))
    archive.seek(0)
    return archive


def test_another_byte_or_time_is_another_line() -> None:
    lines = [
        list(listing(exported(("app/pex", content, time))))
        for content, time in ((b"a", 0), (b"b", 0), (b"a", 1))
    ]
    assert len({line for [line] in lines}) == 3


def test_what_the_daemon_adds_is_left_out() -> None:
    members = (("proc/", None, 5), ("etc/hosts", b"1", 5), (".dockerenv", b"", 5))
    assert not list(listing(exported(*members)))


def test_the_time_of_a_folder_at_the_root_is_left_out() -> None:
    assert list(listing(exported(("app/", None, 5)))) == list(listing(exported(("app/", None, 6))))
