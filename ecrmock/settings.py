"""What can be chosen when a world is made? One frozen value; nothing here reads the environment."""

from dataclasses import dataclass
from typing import Literal

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """Options (design.md 0), switches and quotas (control-plane.md 4), each a field with AWS's value as default."""

    account: str = "123456789012"
    """The account of callers whose key names none."""
    region: str = "us-east-1"
    """The region of requests that name none."""
    auth: Literal["off", "token", "sigv4"] = "token"
    """off: neither door asks for credentials; token: a readable scope, a valid login token; sigv4: signatures too."""
    credentials: tuple[tuple[str, str], ...] = ()
    """(access key id, secret) pairs that `sigv4` knows, beside those that STS issues here."""
    iam: Literal["off", "resource"] = "resource"
    """resource: callers are administrators of their own account and need a policy for others."""
    registry_host: str = "localhost"
    """How addresses are handed out: localhost, loopback, subdomain, aws, or a template (data-plane.md 3.7)."""
    ecr_quirks: bool = False
    """The docker door has real ECR's HTTP oddities and strictness (data-plane.md 2.15)."""
    lenient: bool = False
    """Admit manifests whose layers were never uploaded."""
    upstreams: tuple[tuple[str, str], ...] = ()
    """(upstream kind or host, where it is reached) pairs for pull through cache: `http(s)://host[:port][/prefix]`, the
    folder of an OCI layout, or `internet` for the real one; then perhaps `,ca=FILE`. What is not named is unreachable,
    private ECR excepted: that is this world."""
    seed: str | None = None
    """Makes ids and secrets repeatable."""
    delays: tuple[tuple[str, str | float], ...] = ()
    """(kind of due work, "instant" | "manual" | seconds); what is not named is instant (spec part B 0.4)."""
    advisories: tuple[str, ...] = ()
    """Files with advisories that scans match packages with; `sample` is the one that comes along (docs/scanning.md)."""
    scratch_completes: bool = False
    """A scan of an image without a package database is COMPLETE instead of FAILED (part B, 2.5)."""
    scans_in_describe_images: bool = False
    """DescribeImages tells of scans, as it did before native scanning (part B, 2.1)."""
    calls_kept: int = 10_000
    """How many ActionCalled an account and region remembers."""
    calls_bytes: int = 32 * MIB
    """How many bytes of them all accounts and regions remember together; the oldest go first."""

    quota_repositories: int = 100_000
    quota_images: int = 100_000
    quota_tags_per_image: int = 1_000
    quota_layer_parts: int = 4_200
    quota_layer_part_bytes: int = 20_971_520
    quota_layer_part_minimum: int = 5 * MIB
    quota_layer_bytes: int = 52_000 * MIB
    quota_layers_per_image: int | None = None
    """No current number is published (control-plane.md 15, row 12)."""
    quota_manifest_bytes: int = 4_194_304
    quota_resource_tags: int = 50
    quota_pull_time_exclusions: int = 100
    quota_templates: int | None = None
    """No number is published (policies-and-automation.md 9, row 22)."""
    quota_backfills: int = 10
    """Replication backfills in progress at once (model)."""
    quota_cache_rules: int = 50
    cache_hours: float = 24
    """How long a cached tag is served before the upstream is asked again (part B, 4.4)."""
    quota_scans: int = 100_000
    """Basic scans of a registry in 24 hours."""
    upload_hours: float = 24
    """Life of an unfinished upload (control-plane.md 15, row 31)."""
    layer_hours: float = 24
    """Grace of a layer that no image uses yet; real ECR says only "at any time"."""
    token_hours: float = 12
    """Life of an authorization token (control-plane.md 7)."""
    pull_time_hours: float = 0
    """How old lastRecordedPullTime grows before a pull renews it: 0 notes every pull, real ECR says only "at least once
    every 24 hours" (part B, 7)."""
    enhanced_days: float = 14
    """How long after its push an image is scanned by Inspector (part B, 2.4)."""
    url_seconds: int = 3_600
    """Life of a layer download URL (control-plane.md 8.5)."""

    def delay(self, kind: str) -> str | float:
        """How long work of this kind takes: "instant", "manual" or seconds of world time."""
        return dict(self.delays).get(kind, "instant")
