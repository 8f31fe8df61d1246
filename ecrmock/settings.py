"""What can be chosen when a world is made? One frozen value; nothing here reads the environment."""

from dataclasses import dataclass, field
from typing import Literal, TypeVar

T = TypeVar("T")

MIB = 1024 * 1024
Delays = tuple[tuple[str, str | float], ...]

_OURS = "ours"
_QUOTAS = "documented: userguide/service-quotas"
_MODEL = "documented: API model"
_EXCLUSIONS = "documented: userguide/pull-time-update-exclusions"


def _said(  # noqa: PLR0913 (what is said of a field)
    default: T,
    meaning: str,
    source: str = _OURS,
    *,
    cli: str | None = None,
    form: str | None = None,
    variables: tuple[str, ...] = (),
) -> T:
    """A field with what it means and where its default is known from.

    `cli` is its own option (`--name`) or section of the configuration file (`[name]`); without one it is set by
    `--set`. `form` is how its text is written where its type does not say; `variables` are read beside `ECRMOCK_...`.
    """
    metadata = {"meaning": meaning, "source": source, "cli": cli, "form": form, "variables": variables}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Settings:
    """Options, switches and quotas, each with AWS's value as default; docs/settings.md is made of them."""

    account: str = _said("123456789012", "Account of callers whose key names none.", cli="--account")
    region: str = _said(
        "us-east-1",
        "Region of requests that name none.",
        cli="--region",
        variables=("AWS_REGION", "AWS_DEFAULT_REGION"),
    )
    auth: Literal["off", "token", "sigv4"] = _said(
        "token",
        "What callers need: nothing (off), a readable scope or a valid login token (token), true signatures (sigv4).",
        cli="--auth",
    )
    credentials: tuple[tuple[str, str], ...] = _said(
        (),
        "Access key ids and secrets that sigv4 knows, beside those that STS issues here.",
        cli="[credentials]",
        form="KEY=SECRET",
    )
    iam: Literal["off", "resource"] = _said(
        "resource",
        "Evaluate policies: never (off), or those of repositories and registries (resource); callers are "
        "administrators of their own account and need a policy for others.",
        cli="--iam",
    )
    registry_host: str = _said(
        "localhost",
        "Address handed out: localhost, loopback, subdomain, aws, or a template of {account} {region} {host} {port}.",
        cli="--registry-host",
        form="STYLE",
    )
    ecr_quirks: bool = _said(False, "Give the docker door real ECR's HTTP oddities and strictness.", cli="--ecr-quirks")
    lenient: bool = _said(False, "Admit manifests whose layers were never uploaded.", cli="--lenient")
    upstreams: tuple[tuple[str, str], ...] = _said(
        (),
        "Where pull through caches find an upstream, by kind or host: an http(s) URL, a folder with OCI layouts, or "
        "internet for the real one; then perhaps ,ca=FILE. What is not named is unreachable, private ECR excepted: "
        "that is this world. May be given more than once.",
        cli="--upstream",
        form="NAME=TARGET",
    )
    seed: str | None = _said(None, "Makes ids and secrets repeatable.")
    delays: Delays = _said(  # noqa: RUF009 (a field)
        (),
        "How long ECR's own work takes, by kind; what is not named is instant.",
        form="KIND:instant, KIND:manual or KIND:SECONDS, with commas between them",
    )
    advisories: tuple[str, ...] = _said(
        (),
        "Files with advisories that the packages of scanned images are matched with; sample is the one that comes "
        "along. May be given more than once.",
        cli="--advisories",
        form="PATH|sample",
    )
    scratch_completes: bool = _said(False, "A scan of an image without a package database is COMPLETE, not FAILED.")
    scans_in_describe_images: bool = _said(
        False,
        "DescribeImages tells of scans, as it did before native scanning.",
        "documented: userguide/image-scanning",
    )
    calls_kept: int = _said(10_000, "How many calls an account and region remembers.")

    quota_repositories: int = _said(100_000, "Repositories of a registry.", _QUOTAS)
    quota_images: int = _said(100_000, "Images of a repository.", _QUOTAS)
    quota_tags_per_image: int = _said(1_000, "Tags of an image.", _QUOTAS)
    quota_layer_parts: int = _said(4_200, "Parts of a layer.", _QUOTAS)
    quota_layer_part_bytes: int = _said(20_971_520, "The largest part of a layer; the quotas page says 10 MiB.", _MODEL)
    quota_layer_part_minimum: int = _said(5 * MIB, "The smallest part of a layer, the last excepted.", _QUOTAS)
    quota_layer_bytes: int = _said(52_000 * MIB, "The largest layer.", _QUOTAS)
    quota_layers_per_image: int | None = _said(None, "Layers of an image.", "no current number is published")
    quota_manifest_bytes: int = _said(4_194_304, "The largest manifest.", _MODEL)
    quota_resource_tags: int = _said(50, "Resource tags of a repository.", _MODEL)
    quota_pull_time_exclusions: int = _said(100, "Pull-time update exclusions of an account.", _EXCLUSIONS)
    quota_templates: int | None = _said(None, "Repository creation templates.", "no number is published")
    quota_backfills: int = _said(10, "Replication backfills in progress at once.", _MODEL)
    quota_cache_rules: int = _said(50, "Pull through cache rules of a registry.", _QUOTAS)
    cache_hours: float = _said(
        24,
        "How long a cached tag is served before the upstream is asked again.",
        "documented: userguide/pull-through-cache",
    )
    quota_scans: int = _said(100_000, "Basic scans of a registry in 24 hours.", _QUOTAS)
    upload_hours: float = _said(24, "Life of an unfinished upload.", "inferred")
    layer_hours: float = _said(
        24, 'Grace of a layer that no image uses yet; real ECR says only "at any time".', "inferred"
    )
    token_hours: float = _said(12, "Life of an authorization token.", "documented: userguide/registry_auth")
    pull_time_hours: float = _said(
        0,
        "How old lastRecordedPullTime grows before a pull renews it: 0 notes every pull, real ECR says only "
        '"at least once every 24 hours".',
    )
    enhanced_days: float = _said(
        14, "How long after its push an image is scanned by Inspector.", "documented: userguide/image-scanning-enhanced"
    )
    url_seconds: int = _said(3_600, "Life of a layer download URL.", "documented: the CLI's sample URL")

    def delay(self, kind: str) -> str | float:
        """How long work of this kind takes: "instant", "manual" or seconds of world time."""
        return dict(self.delays).get(kind, "instant")
