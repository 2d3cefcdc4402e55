"""A Redis cache that tolerates failures: while Redis does not answer, each process uses an empty cache of its own."""

import logging
import threading
import time
from collections.abc import Callable
from functools import cached_property, partial

import redis
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 0.1
PROBE_SECONDS = 2.0
"""How many seconds a thread waits between attempts to reach Redis."""


class Away:
    """The state of one Redis server. While it is unreachable requests do not try it; one thread checks until it
    answers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.is_away = False

    def report(self, probe: Callable[[], object], back: Callable[[], object]) -> None:
        """Redis did not answer: requests no longer use it until `probe` succeeds in a background thread, which then
        calls `back`."""
        with self._lock:
            if self.is_away:
                return
            self.is_away = True
        log.warning("Redis does not answer: this process goes on with an empty cache of its own.")
        threading.Thread(target=self._wait, args=(probe, back), name="redis-probe", daemon=True).start()

    def _wait(self, probe: Callable[[], object], back: Callable[[], object]) -> None:
        while self.is_away:
            time.sleep(PROBE_SECONDS)
            try:
                probe()
            except Exception:  # noqa: S112  the thread must go on, or Redis would stay away for ever
                continue
            back()
            log.warning("Redis answers again.")
            self.is_away = False


_away: dict[str, Away] = {}
"""Redis address → its state, shared by all threads."""


class Client:
    """Calls methods of the Redis client or, while Redis is unreachable, of a cache in this process."""

    def __init__(self, client: RedisCacheClient, own: LocMemCache, state: Away) -> None:
        self.client, self.own, self.state = client, own, state

    def __getattr__(self, name: str) -> Callable[..., object]:
        return partial(self._call, name)

    def _call(self, name: str, *args: object) -> object:
        if not self.state.is_away:
            try:
                return getattr(self.client, name)(*args)
            except (redis.RedisError, OSError):
                self.state.report(self.client.get_client().ping, self.own.clear)
        return getattr(self.own, name)(*args)


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache. A call takes at most TIMEOUT_SECONDS and never fails because of Redis. While Redis is
    unreachable each process has its own cache, so rate limits are counted for each process."""

    def __init__(self, server: str, params: dict[str, object]) -> None:
        super().__init__(server, params)
        self.server = server

    @cached_property
    def _cache(self) -> Client:
        client = RedisCacheClient(
            [self.server],
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        return Client(client, LocMemCache(f"beside {self.server}", {}), _away.setdefault(self.server, Away()))
