"""What does a pull through cache rule say, and which upstream repository does it lead to?

See facts/automation 4.1 to 4.3.
"""

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from ecrmock.base.store import Kind
from ecrmock.domain import names
from ecrmock.domain.names import RegistryKey
from ecrmock.domain.neighbours.secrets import Secrets
from ecrmock.domain.pull_through.upstreams import Upstream, upstream_of
from ecrmock.domain.templates import ROOT, covering, key_of
from ecrmock.errors.ecr import (
    InvalidParameterException,
    LimitExceededException,
    PullThroughCacheRuleAlreadyExistsException,
    PullThroughCacheRuleNotFoundException,
    UnsupportedUpstreamRegistryException,
)

if TYPE_CHECKING:
    from ecrmock.engine.world import World


_WITHOUT = ("aws-cn", "aws-us-gov")
"""Partitions that do not offer pull through cache (documented)."""


@dataclass(frozen=True, slots=True)
class CacheRule:
    """One rule, its members as they were sent."""

    prefix: str
    url: str
    """A host."""
    kind: str
    created_at: float
    updated_at: float
    number: int
    """Order of creation."""
    credential: str | None = None
    role: str | None = None
    upstream_prefix: str | None = None

    def upstream_name(self, name: str) -> str:
        """The upstream's name of a repository that this rule covers (facts/automation 4.3, step 2)."""
        rest = name if self.prefix == ROOT else name[len(key_of(self.prefix)) + 1 :]
        if self.upstream_prefix is None or self.upstream_prefix == ROOT:
            return rest
        return f"{(self.upstream_prefix or '').rstrip('/')}/{rest}"


RULES: Kind[CacheRule] = Kind("pull-through-cache-rules", CacheRule, number=lambda row: [(row.number,)])


class CacheRules:
    """The pull through cache rules of one account in one region."""

    def __init__(self, world: "World", account: str, region: str) -> None:
        """A view of the rows."""
        self._world = world
        self._account = account
        self._region = region
        self._key = RegistryKey(account, region)
        self._rows = world.store.table(RULES)

    def add(self, request: dict[str, Any]) -> CacheRule:
        """A new rule of a request; a slash at the end of a prefix is kept and means nothing.

        Raises UnsupportedUpstreamRegistryException, InvalidParameterException,
        PullThroughCacheRuleAlreadyExistsException, LimitExceededException, what `Secrets.check` raises.
        """
        prefix, now = request["ecrRepositoryPrefix"], self._world.clock.now()
        upstream = self._upstream(request["upstreamRegistryUrl"], request.get("upstreamRegistry"))
        row = CacheRule(
            prefix,
            request["upstreamRegistryUrl"],
            upstream.kind,
            now,
            now,
            self._world.ids.sequence(),
            request.get("credentialArn"),
            request.get("customRoleArn"),
            request.get("upstreamRepositoryPrefix"),
        )
        self._check(row, upstream)
        if self._rows.get(self._key, key_of(prefix)) is not None:
            raise PullThroughCacheRuleAlreadyExistsException(prefix, self._account)
        if self._rows.count(self._key) >= self._world.settings.quota_cache_rules:
            raise LimitExceededException
        return self._put(row)

    def _upstream(self, host: str, kind: str | None) -> Upstream:
        found = upstream_of(host)
        if found is None or (kind is not None and kind != found.kind) or names.partition(self._region) in _WITHOUT:
            raise UnsupportedUpstreamRegistryException.invalid(host)
        return found

    def _check(self, row: CacheRule, upstream: Upstream) -> None:
        """What must be together (facts/automation 4.2); the sentences of InvalidParameterException are ours."""
        if upstream.secret and row.credential is None:
            raise UnsupportedUpstreamRegistryException.without_secret()
        if row.prefix == ROOT and (row.upstream_prefix is not None and row.upstream_prefix != ROOT):
            about = f"can only be {ROOT} when ecrRepositoryPrefix is {ROOT}"
            raise InvalidParameterException("upstreamRepositoryPrefix", about)
        if row.kind == "ecr":
            there = names.registry_of_host(row.url)
            if there == self._key:
                raise InvalidParameterException("upstreamRegistryUrl", "cannot be the registry itself")
            if there is not None and there[0] != self._account and row.role is None:
                raise InvalidParameterException("customRoleArn", "is required for a registry of another account")
        if row.credential is not None:
            self._world.of(Secrets, *self._key).check(row.credential)

    def change(self, request: dict[str, Any]) -> CacheRule:
        """Change secret and role, as far as they are sent. Raises what `add` raises, and `get`."""
        row = self.get(request["ecrRepositoryPrefix"])
        row = replace(
            row,
            credential=request.get("credentialArn") or row.credential,
            role=request.get("customRoleArn") or row.role,
            updated_at=self._world.clock.now(),
        )
        self._check(row, self._upstream(row.url, row.kind))
        return self._put(row)

    def remove(self, prefix: str) -> CacheRule:
        """Take a rule away; what it brought stays. Raises PullThroughCacheRuleNotFoundException."""
        row = self.get(prefix)
        self._rows.delete(self._key, key_of(prefix))
        return row

    def get(self, prefix: str) -> CacheRule:
        """The rule of this prefix. Raises PullThroughCacheRuleNotFoundException."""
        row = self._rows.get(self._key, key_of(prefix))
        if row is None:
            raise PullThroughCacheRuleNotFoundException(prefix, self._account)
        return row

    def page(self, after: int | None, limit: int) -> list[CacheRule]:
        """Rules in order of creation (inferred)."""
        rows = self._rows.walk(self._key, "number", None if after is None else (after,))
        return [row for _, row in islice(rows, limit)]

    def covering(self, name: str) -> CacheRule | None:
        """The rule for a repository of this name (facts/automation 4.3, step 1)."""
        if not self._rows.count(self._key):
            return None
        prefix = covering((row.prefix for row in self._rows.records(self._key)), name)
        return None if prefix is None else self._rows.get(self._key, key_of(prefix))

    def _put(self, row: CacheRule) -> CacheRule:
        self._rows.put(self._key, key_of(row.prefix), row)
        return row
