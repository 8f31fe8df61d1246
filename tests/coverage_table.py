"""The coverage chapter of the README, generated: `python tests/coverage_table.py --write`."""

import sys
from pathlib import Path

from ecrmock.app import create_app
from ecrmock.protocols.model import Model
from ecrmock.services.ecr import ecr

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- coverage: begin -->\n", "<!-- coverage: end -->\n"

# what an operation that works leaves out, so that nobody is surprised
LIMITS = {
    "CreateRepository": "`encryptionConfiguration` of type KMS or KMS_DSSE is refused with 501",
    "BatchGetImage": "`acceptedMediaTypes` is ignored: the stored manifest is what is given",
    "GetDownloadUrlForLayer": "the URL leads to this server; in process its host is S3's and nothing answers there",
}
DOOR = {
    "login, Basic challenge, token (valid, wrong, expired, of another account)": "works",
    "uploads: POST+PUT, POST+PATCH+PUT, chunked, monolithic POST, status, cancel": "works",
    "blobs: HEAD, GET, one Range": "works",
    "manifests: PUT, GET, HEAD, DELETE by tag and digest": "works; no conversion by Accept yet",
    "tags/list with paging": "works",
    "referrers, _catalog, blob DELETE, cross-repository mount": "not yet (a mount becomes an upload)",
}
NEIGHBOURS = "ECR Public, STS, KMS, Secrets Manager, CloudTrail, CloudWatch, EventBridge, IAM, any other service"


def table():
    """The chapter's generated lines."""
    model = Model("ecr")
    rows = ["| ECR operation | state |", "| --- | --- |"]
    works = [name for name in sorted(model.operations) if name in ecr.operations]
    rows += [f"| {name} | works{'; ' + LIMITS[name] if name in LIMITS else ''} |" for name in works]
    rows += [f"| {name} | not yet: refused with 501 |" for name in sorted(model.operations) if name not in works]
    rows += ["", "| docker door | state |", "| --- | --- |", *(f"| {what} | {state} |" for what, state in DOOR.items())]
    rows += ["", "| neighbour | state |", "| --- | --- |", f"| {NEIGHBOURS} | not yet: refused with 501 |"]
    rows += ["", f"{len(works)} of {len(model.operations)} ECR operations work.", ""]
    return "\n".join(rows)


def main():
    create_app()  # importing the app registers every operation
    before, _, rest = README.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}")


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    main()
