"""Answers on their way to MonitorAI: a bounded queue, and one daemon thread that sends it in batches.

The caller's thread only appends to the queue. Everything that can fail or take time (JSON, the network, a MonitorAI that is away) happens
on the thread "monitorai-sdk", started with the first answer. What does not fit is dropped and counted; nothing raises.
"""
import atexit
import collections
import dataclasses
import http.client
import json
import os
import random
import ssl
import sys
import threading
import time as clock
import urllib.parse
from typing import Any, Deque, Dict, List, Optional, Sequence, Tuple, Union

from ._plain import plain

QUEUE_ANSWERS_MAX = 10_000
QUEUE_CHARACTERS_MAX = 32 << 20
ANSWER_CHARACTERS_MAX = 4 << 20
BATCH_ANSWERS_MAX = 100
BATCH_BYTES_MAX = 4 << 20
GATHER_SECONDS = 0.5  # for which a batch waits for more
PAUSE_SECONDS_MAX = 30.0
TIMEOUT_SECONDS = 10.0
EXIT_SECONDS = 2.0
PATH = "/api/v1/quality/evaluate?wait=0"  # judged later: nobody here reads the judgement


@dataclasses.dataclass(frozen=True)
class Statistics:
    """Counts since the start (or since the fork) of the process."""

    queued: int = 0  # taken by evaluate()
    waiting: int = 0  # of them, not sent yet
    sent: int = 0  # and taken by MonitorAI
    dropped_full: int = 0  # the queue was full
    dropped_too_large: int = 0  # an answer over ANSWER_CHARACTERS_MAX
    dropped_unreadable: int = 0  # values that have no plain form
    dropped_refused: int = 0  # MonitorAI said that they are wrong, or that the token may not
    failures: int = 0  # requests that failed and were tried again
    unfinished: int = 0  # watched calls that raised, or streams that were left before their end: nothing to judge
    last_error: str = ""


def _characters(value: Any) -> int:
    """About how large a text, or a list of texts, is. Cheap: other values count as nothing, and are bounded when they are written."""
    if isinstance(value, str):
        return len(value)
    return sum(len(one) for one in value if isinstance(one, str)) if isinstance(value, (list, tuple)) else 0


def _current_span() -> Tuple[Optional[str], Optional[str]]:
    """Trace and span of the host program's OpenTelemetry, where it has loaded that and a span is open: links from an answer to its trace,
    and what tells MonitorAI that the span is the same call. Nothing is imported; whatever goes wrong is none."""
    try:
        trace = sys.modules.get("opentelemetry.trace")
        if trace is None:
            return None, None
        context = trace.get_current_span().get_span_context()
        return (f"{context.trace_id:032x}", f"{context.span_id:016x}") if context.is_valid else (None, None)
    except Exception:  # another version, a half-loaded module, a tracer of somebody's own
        return None, None


class _Refused(Exception):
    """MonitorAI's answer will not change when asked again."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"MonitorAI refuses ({status}): {text[:200]}")
        self.is_content = status in (400, 413, 422)


class Client:
    """One MonitorAI to send to. Any thread may call it; `evaluate` and the functions of the package use one that the process shares."""

    def __init__(self, url: Optional[str] = None, token: Optional[str] = None, *, model: Optional[str] = None, service: Optional[str] = None,
                 verify: bool = True) -> None:
        """url: MONITORAI_URL or http://127.0.0.1:3000. token: MONITORAI_TOKEN or none; one that may write. model, service: what answers
        belong to that name none. verify=False accepts any certificate. Raises ValueError for a URL that is none."""
        url = url or os.environ.get("MONITORAI_URL") or "http://127.0.0.1:3000"
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no address of MonitorAI, such as http://127.0.0.1:3000")
        self._secure, self._host = parts.scheme == "https", parts.hostname
        self._port = parts.port or (443 if self._secure else 80)
        self._path = parts.path.rstrip("/") + PATH
        self._token = token or os.environ.get("MONITORAI_TOKEN")
        self._verify = verify
        self._defaults = {name: value for name, value in (("model", model), ("service", service)) if value is not None}
        self._begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        """A new queue and no thread: at the start, and in the child of a fork, where the parent's thread does not exist."""
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._queue: Deque[Tuple[Dict[str, Any], int]] = collections.deque()
        self._characters = 0
        self._sending = 0
        self._flushing = 0  # callers that wait for the end
        self._thread: Optional[threading.Thread] = None
        self._connection: Optional[http.client.HTTPConnection] = None
        self._counts: Dict[str, int] = collections.Counter()
        self._last_error = ""

    def evaluate(self, answer: Optional[str] = None, prompt: Optional[str] = None, facts: Union[str, Sequence[str], None] = None, *,
                 logprobs: Any = None, samples: Optional[Sequence[str]] = None, model: Optional[str] = None, service: Optional[str] = None,
                 route: Optional[str] = None, id: Optional[str] = None, trace_id: Optional[str] = None, span_id: Optional[str] = None,
                 time: Optional[float] = None) -> bool:
        """Queues an answer (or a prompt alone, for drift) and returns at once: whether there was room. Never raises.

        facts: the passages that the answer should follow from. logprobs: as OpenAI or vLLM return them, or numbers, one a token. samples:
        further answers to the same prompt. trace_id, span_id: hex; those of OpenTelemetry's current span if absent. time: Unix seconds, now if
        absent."""
        if trace_id is None and span_id is None:
            trace_id, span_id = _current_span()
        row = {"answer": answer, "prompt": prompt, "facts": list(facts) if isinstance(facts, (list, tuple)) else facts, "logprobs": logprobs,
               "samples": list(samples) if isinstance(samples, (list, tuple)) else samples, "model": model, "service": service, "route": route,
               "id": id, "trace_id": trace_id, "span_id": span_id, "time": clock.time() if time is None else time}
        row = {name: value for name, value in row.items() if value is not None}
        for name, value in self._defaults.items():
            row.setdefault(name, value)
        characters = sum(_characters(value) for value in row.values())
        with self._lock:
            if characters > ANSWER_CHARACTERS_MAX:
                self._counts["dropped_too_large"] += 1
                return False
            if len(self._queue) >= QUEUE_ANSWERS_MAX or self._characters + characters > QUEUE_CHARACTERS_MAX:
                self._counts["dropped_full"] += 1
                return False
            self._queue.append((row, characters))
            self._characters += characters
            self._counts["queued"] += 1
            if self._thread is None and not self._start():
                return False
            if len(self._queue) == 1 or len(self._queue) == BATCH_ANSWERS_MAX:
                self._wake.notify_all()
        return True

    def _start(self) -> bool:
        thread = threading.Thread(target=self._run, name="monitorai-sdk", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no more threads, or the interpreter is ending
            self._queue.clear()
            self._characters = 0
            self._counts["dropped_full"] += 1
            return False
        self._thread = thread
        return True

    def flush(self, timeout: float = 5.0) -> bool:
        """Waits until what is queued was sent or dropped, at most `timeout` seconds: whether it was."""
        end = clock.monotonic() + timeout
        with self._lock:
            self._flushing += 1
            self._wake.notify_all()
            try:
                while self._queue or self._sending:
                    left = end - clock.monotonic()
                    if left <= 0 or self._thread is None:
                        return False
                    self._wake.wait(left)
                return True
            finally:
                self._flushing -= 1

    def statistics(self) -> Statistics:
        with self._lock:
            known = {field.name for field in dataclasses.fields(Statistics)}
            counts = {name: count for name, count in self._counts.items() if name in known}
            return Statistics(**counts, waiting=len(self._queue) + self._sending, last_error=self._last_error)

    def count(self, name: str) -> None:
        with self._lock:
            self._counts[name] += 1

    # ---- on the thread ----

    def _run(self) -> None:
        while True:
            for texts in self._batches(self._next_batch()):
                self._deliver(texts)
            with self._lock:
                self._sending = 0
                self._wake.notify_all()

    def _next_batch(self) -> List[Dict[str, Any]]:
        with self._lock:
            while not self._queue:
                self._wake.wait()
            end = clock.monotonic() + GATHER_SECONDS
            while len(self._queue) < BATCH_ANSWERS_MAX and not self._flushing:
                left = end - clock.monotonic()
                if left <= 0:
                    break
                self._wake.wait(left)
            rows: List[Dict[str, Any]] = []
            while self._queue and len(rows) < BATCH_ANSWERS_MAX:
                row, characters = self._queue.popleft()
                self._characters -= characters
                rows.append(row)
            self._sending = len(rows)
            return rows

    def _batches(self, rows: List[Dict[str, Any]]) -> List[List[bytes]]:
        """Rows as JSON, in lists that fit a request."""
        out: List[List[bytes]] = [[]]
        size = 0
        for row in rows:
            try:
                text = json.dumps(plain(row), ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
            except Exception as error:  # a foreign object may raise anything
                with self._lock:
                    self._counts["dropped_unreadable"] += 1
                    self._last_error = f"cannot write an answer as JSON: {error}"
                continue
            if len(text) > BATCH_BYTES_MAX * 2:
                self.count("dropped_too_large")
                continue
            if size + len(text) > BATCH_BYTES_MAX:
                out.append([])
                size = 0
            out[-1].append(text)
            size += len(text)
        return [texts for texts in out if texts]

    def _deliver(self, texts: List[bytes]) -> None:
        """Tries until MonitorAI has taken them or refuses them. Meanwhile the queue fills, and what does not fit is dropped."""
        pause = 0.5
        while True:
            try:
                wait = self._send(b"[" + b",".join(texts) + b"]")
            except _Refused as error:
                if error.is_content and len(texts) > 1:  # one bad answer does not take the others with it
                    for text in texts:
                        self._deliver([text])
                    return
                with self._lock:
                    self._counts["dropped_refused"] += len(texts)
                    self._last_error = str(error)
                return
            except Exception as error:
                wait = pause * (0.5 + random.random())
                with self._lock:
                    self._last_error = f"cannot send to {self._host}:{self._port}: {error or type(error).__name__}"
            if wait is None:
                with self._lock:
                    self._counts["sent"] += len(texts)
                return
            self.count("failures")
            pause = min(pause * 2, PAUSE_SECONDS_MAX)
            clock.sleep(min(wait, PAUSE_SECONDS_MAX))

    def _send(self, body: bytes) -> Optional[float]:
        """None: taken. Else the seconds to wait before the next try."""
        if self._connection is None:
            if self._secure:
                context = ssl.create_default_context() if self._verify else ssl._create_unverified_context()
                self._connection = http.client.HTTPSConnection(self._host, self._port, timeout=TIMEOUT_SECONDS, context=context)
            else:
                self._connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            self._connection.request("POST", self._path, body, headers)
            answer = self._connection.getresponse()
            text = answer.read(65536).decode("utf-8", "replace").strip()
        except Exception:
            self._connection.close()
            self._connection = None
            raise
        if answer.status < 300:
            return None
        if answer.status in (408, 429) or answer.status >= 500:
            after = answer.getheader("Retry-After") or ""
            with self._lock:
                self._last_error = f"MonitorAI answers {answer.status}: {text[:200]}"
            return float(after) if after.isdigit() else 1.0
        raise _Refused(answer.status, text)


_shared: Optional[Client] = None
_shared_lock = threading.Lock()


def shared() -> Client:
    global _shared
    if _shared is None:
        with _shared_lock:
            if _shared is None:
                try:
                    _shared = Client()
                except ValueError:  # MONITORAI_URL is no URL: the program goes on, and the count tells
                    _shared = Client("http://127.0.0.1:3000")
                    _shared._last_error = "MONITORAI_URL is no URL: sending to http://127.0.0.1:3000"
    return _shared


def configure(url: Optional[str] = None, token: Optional[str] = None, *, model: Optional[str] = None, service: Optional[str] = None,
              verify: bool = True) -> Client:
    """Says where answers go, and whose they are where a call does not say. Once, at the start; raises ValueError for a URL that is none."""
    global _shared
    client = Client(url, token, model=model, service=service, verify=verify)
    with _shared_lock:
        _shared = client
    return client


def evaluate(answer: Optional[str] = None, prompt: Optional[str] = None, facts: Union[str, Sequence[str], None] = None, *, logprobs: Any = None,
             samples: Optional[Sequence[str]] = None, model: Optional[str] = None, service: Optional[str] = None, route: Optional[str] = None,
             id: Optional[str] = None, trace_id: Optional[str] = None, span_id: Optional[str] = None, time: Optional[float] = None) -> bool:
    """Client.evaluate of the client that the process shares."""
    return shared().evaluate(answer, prompt, facts, logprobs=logprobs, samples=samples, model=model, service=service, route=route, id=id,
                             trace_id=trace_id, span_id=span_id, time=time)


def flush(timeout: float = 5.0) -> bool:
    """Waits until what is queued was sent or dropped, at most `timeout` seconds: whether it was."""
    return shared().flush(timeout)


def statistics() -> Statistics:
    """What was queued, sent and dropped."""
    return shared().statistics()


@atexit.register
def _at_exit() -> None:
    if _shared is not None and _shared.statistics().waiting:
        _shared.flush(EXIT_SECONDS)
