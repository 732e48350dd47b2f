import msgspec
import pytest

from ibid_client import ConnectionFailed
from ibid_client.events import PAUSES, JobFollower
from ibid_contract import Job

_RUNNING = msgspec.convert(
    {
        "id": "00000000-0000-0000-0000-000000000001",
        "document_id": "00000000-0000-0000-0000-000000000002",
        "version": 1,
        "state": "running",
        "stage": "embed",
        "progress": 0.5,
        "attempt": 0,
        "worker": None,
        "lease_until": None,
        "error_code": None,
        "error": "line\u2028separator",
        "created_at": "2026-01-02T00:00:00Z",
        "started_at": None,
        "finished_at": None,
    },
    Job,
)
_DONE = msgspec.structs.replace(_RUNNING, state="done", progress=1.0)
_EVENT = b"data:" + msgspec.json.encode(_RUNNING) + b"\n\n"


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_bytes_may_come_in_any_pieces(size: int) -> None:
    follower = JobFollower()
    stream = (b": ping\n\n" + _EVENT).replace(b"\n", b"\r\n")
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert [job for piece in pieces for job in follower.feed(piece)] == [_RUNNING]
    assert not follower.is_over


def test_data_may_stand_on_several_lines() -> None:
    pretty = msgspec.json.format(msgspec.json.encode(_RUNNING))
    event = b"".join(b"data: " + line + b"\n" for line in pretty.split(b"\n")) + b"\n"
    assert JobFollower().feed(event) == [_RUNNING]


def test_half_an_event_dies_with_its_stream() -> None:
    follower = JobFollower()
    assert follower.feed(_EVENT[:40]) == []
    follower.stream_ended(None)
    assert follower.feed(_EVENT) == [_RUNNING]


def test_streams_without_news_are_given_up() -> None:
    follower = JobFollower()
    assert tuple(follower.stream_ended(None) for _ in PAUSES) == PAUSES
    with pytest.raises(ConnectionFailed):
        follower.stream_ended(None)


def test_a_server_that_only_repeats_itself_is_asked_ever_less() -> None:
    follower = JobFollower()
    pauses = []
    for _ in range(2 * len(PAUSES)):
        follower.feed(_EVENT)
        pauses.append(follower.stream_ended(None))
    assert pauses == [*PAUSES, *[PAUSES[-1]] * len(PAUSES)]


def test_news_restore_the_patience() -> None:
    follower = JobFollower()
    for _ in PAUSES:
        follower.stream_ended(None)
    follower.feed(_EVENT)
    assert follower.stream_ended(None) == PAUSES[0]


def test_a_final_state_is_the_end() -> None:
    follower = JobFollower()
    follower.feed(b"data: " + msgspec.json.encode(_DONE) + b"\n\n")
    assert follower.is_over
