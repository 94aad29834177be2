"""What a daemon may be called by whoever is asked for no key: a table of `Host` headers."""

import pytest

from banditctl.hosts import unowned

NOBODYS = [
    "127.0.0.1",
    "127.0.0.1:8080",
    "127.0.0.1:",
    "localhost",
    "LocalHost:8080",
    "[::1]",
    "[::1]:8080",
    "10.0.0.7",
]
SOMEBODYS = [
    "evil.example",
    "evil.example:8080",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example#127.0.0.1",
    "127.0.0.1@evil.example",
    "evil.example:8080:127.0.0.1",
    "[::1]evil.example",
    "[127.0.0.1]",
    "::1",
    "banditctl",
    "localhost, evil.example",
    "2130706433",
    "127.0.0.1:80x",
    "127.0.0.1\n",
    "l\xf6calhost",
    "",
]


@pytest.mark.parametrize("host", NOBODYS)
def test_an_address_and_localhost_are_nobodys_name(host):
    assert unowned(host.encode())


@pytest.mark.parametrize("host", SOMEBODYS)
def test_every_other_name_may_be_somebody_elses(host):
    assert not unowned(host.encode("latin-1"))
