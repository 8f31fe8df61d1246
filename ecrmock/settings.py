"""What can be chosen when a world is made? One frozen value; nothing here reads the environment."""

from dataclasses import dataclass, field, fields
from typing import Literal, TypeVar

from ecrmock import bounds
from ecrmock.bounds import SettingError

T = TypeVar("T")

MIB = 1024 * 1024
Delays = tuple[tuple[str, str | float], ...]

_OURS = "ours"
_QUOTAS = "documented (facts/api 4)"
_MODEL = "documented (AWS's model)"


def _field(  # noqa: PLR0913 (each says one thing of a field)
    default: T,
    description: str,
    source: str = _OURS,
    *,
    takes: bounds.Bound | None = None,
    cli: str | None = None,
    metavar: str | None = None,
    envvars: tuple[str, ...] = (),
) -> T:
    """A field with its description, the source of its default, and the bound of its values.

    Without `takes` the bound is that of the default's type. `cli` is its own option (`--name`) or section of the
    configuration file (`[name]`); without one it is set by `--set`. `metavar` is how its text is written where its type
    does not say; `envvars` are read beside `ECRMOCK_...`.
    """
    metadata = {
        "description": description,
        "source": source,
        "takes": takes or bounds.of_default(default),
        "cli": cli,
        "metavar": metavar,
        "envvars": envvars,
    }
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Settings:
    """Options, switches and quotas, each with AWS's value as default; docs/settings.md is made of them.

    Raises SettingError, a ValueError, for a value that makes no sense.
    """

    account: str = _field(
        "123456789012", "Account of callers whose key names none.", takes=bounds.ACCOUNT, cli="--account"
    )
    region: str = _field(
        "us-east-1",
        "Region of requests that name none.",
        takes=bounds.REGION,
        cli="--region",
        envvars=("AWS_REGION", "AWS_DEFAULT_REGION"),
    )
    auth: Literal["off", "token", "sigv4"] = _field(
        "token",
        "What callers need: nothing (off), a readable scope or a valid login token (token), true signatures (sigv4).",
        takes=bounds.words("off", "token", "sigv4"),
        cli="--auth",
    )
    credentials: tuple[tuple[str, str], ...] = _field(
        (),
        "Access key ids and secrets that sigv4 knows, beside those that STS issues here.",
        takes=bounds.CREDENTIALS,
        cli="[credentials]",
        metavar="KEY=SECRET",
    )
    iam: Literal["off", "resource"] = _field(
        "resource",
        "Evaluate policies: never (off), or those of repositories and registries (resource); callers are "
        "administrators of their own account and need a policy for others.",
        takes=bounds.words("off", "resource"),
        cli="--iam",
    )
    registry_host: str = _field(
        "localhost",
        "Address handed out: localhost, loopback, subdomain, aws, or a template of {account} {region} {host} {port}.",
        "ours (facts/registry 3.7)",
        takes=bounds.STYLE,
        cli="--registry-host",
        metavar="STYLE",
    )
    ecr_quirks: bool = _field(
        False,
        "Give the docker door real ECR's HTTP oddities and strictness.",
        "ours (facts/registry 2.15)",
        cli="--ecr-quirks",
    )
    lenient: bool = _field(
        False,
        "Admit manifests whose layers were never uploaded, that have none or whose config has no true digest, and "
        "small parts.",
        cli="--lenient",
    )
    upstreams: tuple[tuple[str, str], ...] = _field(
        (),
        "Where pull through caches find an upstream, by kind or host: an http(s) URL, a folder with OCI layouts, or "
        "internet for the real one; then perhaps ,ca=FILE and ,realm=HOST, a further host that may see the login. What "
        "is not named is unreachable, private ECR excepted: that is this world. May be given more than once.",
        takes=bounds.UPSTREAMS,
        cli="--upstream",
        metavar="NAME=TARGET",
    )
    allow_origins: tuple[str, ...] = _field(
        (),
        "Web pages that a browser may send requests for, beside those of this machine and our own: "
        "scheme://host[:port], null, or * for any. May be given more than once.",
        takes=bounds.ORIGINS,
        cli="--allow-origin",
        metavar="ORIGIN",
    )
    allow_hosts: tuple[str, ...] = _field(
        (),
        "Domain names under which /_ecrmock answers, beside names without a dot, addresses, *.localhost, *.internal "
        "and AWS's; *.example.com is every name below. May be given more than once.",
        takes=bounds.HOSTS,
        cli="--allow-host",
        metavar="HOST",
    )
    seed: str | None = _field(None, "Makes ids and secrets repeatable.", takes=bounds.optional(bounds.TEXT))
    delays: Delays = _field(  # noqa: RUF009 (a field)
        (),
        "How long ECR's own work takes, by kind; what is not named is instant.",
        "ours (facts/automation 0.4)",
        takes=bounds.DELAYS,
        metavar="KIND:instant, KIND:manual or KIND:SECONDS, with commas between them",
    )
    advisories: tuple[str, ...] = _field(
        (),
        "Files with advisories that the packages of scanned images are matched with; sample is the one that comes "
        "along. May be given more than once.",
        takes=bounds.PATHS,
        cli="--advisories",
        metavar="PATH|sample",
    )
    scratch_completes: bool = _field(
        False, "A scan of an image without a package database is COMPLETE, not FAILED.", "ours (facts/automation 2.5)"
    )
    scans_in_describe_images: bool = _field(
        False,
        "DescribeImages tells of scans, as it did before native scanning.",
        "documented (facts/automation 2.1)",
    )
    calls_kept: int = _field(10_000, "How many calls an account and region remembers.")
    calls_bytes: int = _field(
        32 * MIB, "Bytes of calls remembered by all accounts and regions together; the oldest go first."
    )

    quota_repositories: int = _field(100_000, "Repositories of a registry.", _QUOTAS)
    quota_images: int = _field(100_000, "Images of a repository.", _QUOTAS)
    quota_tags_per_image: int = _field(1_000, "Tags of an image.", _QUOTAS)
    quota_layer_parts: int = _field(4_200, "Parts of a layer.", _QUOTAS)
    quota_layer_part_bytes: int = _field(
        20_971_520, "The largest part of a layer; the quotas page says 10 MiB.", _MODEL
    )
    quota_layer_part_minimum: int = _field(5 * MIB, "The smallest part of a layer, the last excepted.", _QUOTAS)
    quota_layer_bytes: int = _field(52_000 * MIB, "The largest layer.", _QUOTAS)
    quota_layers_per_image: int | None = _field(
        None, "Layers of an image.", "none is published now (facts/api U12)", takes=bounds.optional(bounds.whole())
    )
    quota_manifest_bytes: int = _field(4_194_304, "The largest manifest.", _MODEL)
    quota_resource_tags: int = _field(50, "Resource tags of a repository.", _MODEL)
    quota_pull_time_exclusions: int = _field(100, "Pull-time update exclusions of an account.", _QUOTAS)
    quota_templates: int | None = _field(
        None,
        "Repository creation templates.",
        "none is published (facts/automation U22)",
        takes=bounds.optional(bounds.whole()),
    )
    quota_backfills: int = _field(10, "Replication backfills in progress at once.", _MODEL)
    quota_cache_rules: int = _field(50, "Pull through cache rules of a registry.", _QUOTAS)
    cache_hours: float = _field(
        24,
        "How long a cached tag is served before the upstream is asked again.",
        "documented (facts/automation 4.4)",
        takes=bounds.hours(),
    )
    upstream_seconds: float = _field(
        3_600,
        "How long an upstream may take to give an image, in real seconds; one that gives less than 9 kB a second "
        "is given up before.",
        takes=bounds.hours(),
    )
    quota_scans: int = _field(100_000, "Basic scans of a registry in 24 hours.", _QUOTAS)
    upload_hours: float = _field(24, "Life of an unfinished upload.", "inferred (facts/api U31)", takes=bounds.hours())
    layer_hours: float = _field(
        24,
        'Grace of a layer that no image uses yet; real ECR says only "at any time".',
        "inferred (facts/api 8.3)",
        takes=bounds.hours(),
    )
    token_hours: float = _field(12, "Life of an authorization token.", "documented (facts/api 7)", takes=bounds.hours())
    pull_time_hours: float = _field(
        0,
        "How old lastRecordedPullTime grows before a pull renews it: 0 notes every pull, real ECR says only "
        '"at least once every 24 hours".',
        "ours (facts/automation 7)",
        takes=bounds.hours(),
    )
    enhanced_days: float = _field(
        14,
        "How long after its push an image is scanned by Inspector.",
        "documented (facts/automation 2.4)",
        takes=bounds.number(bounds.YEARS * 365),
    )
    url_seconds: int = _field(
        3_600,
        "Life of a layer download URL.",
        "documented (facts/api 8.5)",
        takes=bounds.whole(bounds.YEARS * 365 * 86_400),
    )

    def __post_init__(self) -> None:
        """Look at what was chosen; defaults are right."""
        for name, default, bound in _BOUNDS:
            value = getattr(self, name)
            if value is not default and not bound.fits(value):
                raise SettingError(name, bound, value)

    def delay(self, kind: str) -> str | float:
        """How long work of this kind takes: "instant", "manual" or seconds of world time."""
        return dict(self.delays).get(kind, "instant")


_BOUNDS = tuple((each.name, each.default, each.metadata["takes"]) for each in fields(Settings))
