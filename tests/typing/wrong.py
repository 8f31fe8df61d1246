# pyright: strict
"""What type checkers must refuse: each line that ends in `# wrong`, and no other."""

from ecrmock import EcrMock, mock_ecr
from ecrmock.testing import SettingsDict, marker

mock_ecr(lenint=True)  # wrong
mock_ecr(lenient="yes")  # wrong
mock_ecr(auth="sigv3")  # wrong
mock_ecr(quota_images="3")  # wrong
mock_ecr(delays={"restore-image": None})  # wrong
mock_ecr(delays={1: "manual"})  # wrong
mock_ecr(server="yes")  # wrong
mock_ecr("team/app")  # wrong
EcrMock(acct="111122223333")  # wrong
EcrMock("111122223333")  # wrong
marker(acct="111122223333")  # wrong
marker(server=True)  # wrong
settings: SettingsDict = {"acct": "111122223333"}  # wrong


@mock_ecr(lenint=True)  # wrong
def test_decorated() -> None: ...


@mock_ecr
def takes_a_number(number: int) -> None: ...


takes_a_number("one")  # wrong

with mock_ecr() as mock:
    mock.run_lifecycle(7)  # wrong
    mock.clock.travel(None)  # wrong
    repr(mock.cals)  # wrong
