"""How everything of ours connects to a room."""

from livekit import rtc

CONNECT_TIMEOUT = 3.0
"""Seconds for one attempt to open the signalling connection; the client library makes four."""


def room_options(*, auto_subscribe: bool) -> rtc.RoomOptions:
    """Return the options for `rtc.Room.connect`, which makes four attempts.

    With two peer connections, as each is then made only when the server has answered. A single one, the default, is
    made before: when the first attempt fails it is closed, with it the client library stops its audio (`AdmProxy` in
    its adm_proxy.cpp never starts it again), and who gets in by the second attempt hears nobody until the process ends.
    Seen with livekit 1.2.0 and 1.2.1; two are not slower, either.
    """
    return rtc.RoomOptions(auto_subscribe=auto_subscribe, connect_timeout=CONNECT_TIMEOUT, single_peer_connection=False)
