"""ecrmock.gateway.addresses: what is handed out, by style and by the name under which the client came."""

import pytest

from ecrmock.gateway import addresses
from ecrmock.settings import Settings

HERE, AWAY = ("123456789012", "us-east-1"), ("111122223333", "eu-west-1")


@pytest.mark.parametrize(
    ("style", "host", "place", "registry", "login"),
    [
        ("localhost", "localhost:8327", HERE, "localhost:8327", "http://localhost:8327"),
        ("localhost", "ecrmock:4510", HERE, "ecrmock:4510", "http://ecrmock:4510"),
        (
            "localhost",
            "localhost:1",
            AWAY,
            "localhost:1/111122223333.dkr.ecr.eu-west-1",
            "http://localhost:1/111122223333.dkr.ecr.eu-west-1",
        ),
        (
            "localhost",
            "123456789012.dkr.ecr.us-east-1.ecrmock.test:1",
            AWAY,
            "111122223333.dkr.ecr.eu-west-1.ecrmock.test:1",
            "http://111122223333.dkr.ecr.eu-west-1.ecrmock.test:1",
        ),
        ("loopback", "localhost:8327", HERE, "127.0.0.1:8327", "http://127.0.0.1:8327"),
        (
            "loopback",
            "x:1",
            AWAY,
            "127.0.0.1:1/111122223333.dkr.ecr.eu-west-1",
            "http://127.0.0.1:1/111122223333.dkr.ecr.eu-west-1",
        ),
        (
            "subdomain",
            "localhost:1",
            HERE,
            "123456789012.dkr.ecr.us-east-1.localhost:1",
            "http://123456789012.dkr.ecr.us-east-1.localhost:1",
        ),
        (
            "aws",
            "localhost:1",
            AWAY,
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com",
            "https://111122223333.dkr.ecr.eu-west-1.amazonaws.com",
        ),
        (
            "{account}-{region}.{host}:{port}",
            "h:1",
            AWAY,
            "111122223333-eu-west-1.h:1",
            "http://111122223333-eu-west-1.h:1",
        ),
        (
            "localhost",
            "api.ecr.eu-west-1.amazonaws.com",
            AWAY,
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com",
            "https://111122223333.dkr.ecr.eu-west-1.amazonaws.com",
        ),
    ],
)
def test_addresses(style, host, place, registry, login):
    settings = Settings(registry_host=style)
    assert addresses.registry(settings, host, *place) == registry
    assert addresses.login(settings, "http", host, *place) == login
