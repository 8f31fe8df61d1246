"""What do the reports of other scanners say (facts/automation 2.5, "Imported reports")?"""

from typing import Any

from ecrmock.domain.scanning.reports import aws, grype, osv_scanner, trivy
from ecrmock.domain.scanning.reports.report import Report

__all__ = ["Report", "read"]

_FORMS = (trivy, grype, osv_scanner, aws)
_KNOWN = (
    "Trivy JSON (SchemaVersion 2), Grype JSON, OSV-Scanner JSON, Inspector's list-findings"
    " and DescribeImageScanFindings are read"
)


def read(document: Any) -> list[Report]:
    """The reports in a parsed JSON document, one an image; ValueError for one of no known form or with broken parts."""
    if isinstance(document, dict):
        for form in _FORMS:
            if form.is_one(document):
                try:
                    reports: list[Report] = form.read(document)
                except (KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
                    raise ValueError(f"{form.NAME}: a part of it has another form: {error!r}") from None
                except ValueError as error:
                    raise ValueError(f"{form.NAME}: {error}") from None
                return reports
    raise ValueError(f"a scan report of no known form: {_KNOWN}")
