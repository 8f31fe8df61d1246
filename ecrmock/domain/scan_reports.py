"""What do the reports of other scanners say?"""

from typing import Any, NamedTuple

from ecrmock.domain.findings import Finding, Given


class Report(NamedTuple):
    """One scan of one image, as another tool told it."""

    images: tuple[str, ...]
    """Digests by which the report itself names the image: of manifests, else of the config."""
    findings: tuple[Finding, ...]
    """All of them, worst first: what enhanced scanning shows."""
    operating_system: tuple[Finding, ...]
    """Those of system packages: what basic scanning shows."""
    basic: tuple[Given, ...] = ()
    """Members of `findings`, where the document is ECR's own."""
    enhanced: tuple[Given, ...] = ()
    """Members of `enhancedFindings`, where the document is ECR's or Inspector's own."""


def read(document: Any) -> list[Report]:
    """The reports in a parsed JSON document; ValueError for one of no known form."""
    raise NotImplementedError
