"""The operations of Amazon ECR that work; importing the package registers them all."""

from ecrmock.services.ecr import (
    backfills,
    images,
    layers,
    lifecycle,
    policies,
    pull_through,
    referrers,
    registry,
    replication,
    repositories,
    scanning,
    signing,
    tags,
    templates,
    tokens,
)
from ecrmock.services.ecr.service import ecr

__all__ = [
    "backfills",
    "ecr",
    "images",
    "layers",
    "lifecycle",
    "policies",
    "pull_through",
    "referrers",
    "registry",
    "replication",
    "repositories",
    "scanning",
    "signing",
    "tags",
    "templates",
    "tokens",
]
