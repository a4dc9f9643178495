"""
How many requests a route takes: a bucket of tokens for each, in the memory of a node.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambent.platform import Platform

_CACHE = "apigatewayv2.throttling"
_MOST_BUCKETS = 10_000


@dataclass(slots=True)
class Bucket:
    tokens: float
    filled: float

    def take(self, now: float, rate: float, burst: float) -> bool:
        """Whether there is a token; one of them is gone then."""
        self.tokens = min(burst, self.tokens + max(0.0, now - self.filled) * rate)
        self.filled = now
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True


def has_room(platform: Platform, key: tuple[str, str, str], settings: Mapping[str, Any]) -> bool:
    """Whether the API, the stage and the route of `key` take one request more."""
    rate = settings.get("ThrottlingRateLimit")
    burst = settings.get("ThrottlingBurstLimit")
    if rate is None and burst is None:
        return True
    # AWS: a limit that is not set is the account's.
    rate = 10_000.0 if rate is None else float(rate)
    burst = 5_000.0 if burst is None else float(burst)
    buckets: dict[tuple[str, str, str], Bucket] = platform.caches.setdefault(_CACHE, {})
    now = platform.clock.now()
    bucket = buckets.get(key)
    if bucket is None:
        if len(buckets) >= _MOST_BUCKETS:
            buckets.clear()
        bucket = buckets[key] = Bucket(burst, now)
    return bucket.take(now, rate, burst)
