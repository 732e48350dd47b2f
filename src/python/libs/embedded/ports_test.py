import os
import socket

import pytest

from libs.embedded.errors import PortBusy
from libs.embedded.ports import free_port, require_free


def test_a_free_port_passes() -> None:
    require_free(free_port(), purpose="the test")


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_busy_port_names_the_port_its_purpose_and_its_holder(host: str) -> None:
    with socket.create_server((host, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortBusy) as caught:
            require_free(port, purpose="Valkey")
    message = str(caught.value)
    assert f"port {port}, which Valkey needs, is held by" in message
    assert f"(pid {os.getpid()})" in message
    assert "\n" not in message
