"""Redis as a cache that may be away: while it does not answer, an empty cache of this process takes its place."""

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
"""How often a thread looks whether Redis answers again."""


class Away:
    """Whether one Redis is away. Requests never try it out: a thread asks until it answers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.is_away = False

    def report(self, probe: Callable[[], object], back: Callable[[], object]) -> None:
        """It did not answer: from now on nobody asks it, until `probe` succeeds; then `back` is called."""
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
            except (redis.RedisError, OSError):
                continue
            back()
            self.is_away = False
            log.warning("Redis answers again.")


_away: dict[str, Away] = {}
"""Address of a Redis → its state, which all threads share."""


class Client:
    """Calls the methods of Redis's client or, while that is away, those of a cache of this process."""

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
    """Django's cache in Redis. A call waits TIMEOUT_SECONDS at most and never fails because of Redis: while it is away,
    each process has an empty cache of its own, and limits are counted by each process."""

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
