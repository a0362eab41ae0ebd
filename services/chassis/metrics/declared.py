"""Every metric there is. `deploy/METRICS.md` shows them as a table, which a test compares with this module.

They belong to the process, which is what Prometheus asks; labels of few values tell its parts apart, and none
holds an id. What stands in a database, every process of its service shows: take the `max`.
"""

from importlib.metadata import version
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

REGISTRY: Final = CollectorRegistry()
"""Our own: whatever a library registers elsewhere by itself is not shown."""

SECONDS: Final = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
ITEMS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000)

# The moment each series was made doubles the series and answers no question.
disable_created_metrics()  # type: ignore[no-untyped-call] # it has no types
ProcessCollector(registry=REGISTRY)


def _counter(name: str, meaning: str, *labels: str) -> Counter:
    return Counter(name, meaning, labels, registry=REGISTRY)


def _gauge(name: str, meaning: str, *labels: str) -> Gauge:
    return Gauge(name, meaning, labels, registry=REGISTRY)


def _histogram(name: str, meaning: str, *labels: str, buckets: tuple[float, ...] = SECONDS) -> Histogram:
    return Histogram(name, meaning, labels, registry=REGISTRY, buckets=buckets)


BUILD: Final = _gauge("linli_build_info", "Always 1; the label says which version runs.", "version")
BUILD.labels(version("linli")).set(1)

RPC_CALLS: Final = _counter(
    "linli_rpc_calls_total", "Calls answered, refused or left by their caller.", "method", "code"
)
RPC_SECONDS: Final = _histogram(
    "linli_rpc_duration_seconds", "How long calls took, whatever became of them.", "method"
)
RPC_RUNNING: Final = _gauge("linli_rpc_running_calls", "Calls that run now.")
RPC_SHED: Final = _counter(
    "linli_rpc_shed_calls_total",
    "Calls turned away because `calls_max` (streams: `streams_max`) ran already.",
)

DOOR_BATCH_ITEMS: Final = _histogram(
    "linli_door_batch_items", "Items that went into one transaction together.", "service", buckets=ITEMS
)
DOOR_WAIT_SECONDS: Final = _histogram(
    "linli_door_wait_seconds", "How long a call's items waited before they were taken.", "service"
)
DOOR_TRANSACTION_SECONDS: Final = _histogram(
    "linli_door_transaction_seconds",
    "How long a transaction of the door took, its retries included.",
    "service",
)
DOOR_WAITING_ITEMS: Final = _gauge("linli_door_waiting_items", "Items that wait at the door now.", "service")
DOOR_REFUSED_ITEMS: Final = _counter(
    "linli_door_refused_items_total",
    "Items that were refused, by the reason of the fault.",
    "service",
    "reason",
)

DATABASE_UP: Final = _gauge(
    "linli_database_up", "1 if the database answered when it was last asked, every 5 s, else 0.", "service"
)
DATABASE_TRANSACTIONS: Final = _counter(
    "linli_database_transactions_total",
    "Transactions that came to their end; kind: read or write.",
    "service",
    "kind",
)
DATABASE_RETRIES: Final = _counter(
    "linli_database_retries_total", "Transactions run again because the database asked for it.", "service"
)
DATABASE_UNAVAILABLE: Final = _counter(
    "linli_database_unavailable_total", "Times the database could not be reached or stayed busy.", "service"
)
DATABASE_USED: Final = _gauge("linli_database_used_connections", "Connections of the pool in use.", "service")
DATABASE_WAITING: Final = _gauge(
    "linli_database_waiting_connections", "Transactions that wait for a connection of the pool.", "service"
)

DOORBELL_RINGS: Final = _counter(
    "linli_doorbell_rings_total", "Rings sent, by whom they wake.", "listener", "topic"
)
DOORBELL_HEARD: Final = _counter(
    "linli_doorbell_heard_total", "Rings heard, by whom they wake.", "listener", "topic"
)
DOORBELL_REACHABLE: Final = _gauge(
    "linli_doorbell_reachable", "1 if the last ring could be sent, 0 if not: then consumers poll, every 2 s."
)

LOG_HEAD: Final = _gauge("linli_log_head_position", "The last position of the service's own log.", "log")
CONSUMER_RECEIVED: Final = _gauge(
    "linli_consumer_received_position", "Up to where the service has kept a log it follows.", "service", "log"
)
CONSUMER_APPLIED: Final = _gauge(
    "linli_consumer_applied_position",
    "Up to where the service has computed a log it follows, but for parked subjects.",
    "service",
    "log",
)
CONSUMER_LAG: Final = _gauge(
    "linli_consumer_lag_facts",
    "Facts of a followed log, as last seen, that are not computed.",
    "service",
    "log",
)
CONSUMER_COMPLETE_UNTIL: Final = _gauge(
    "linli_consumer_complete_until_timestamp_seconds",
    "What a followed log held at this time is computed, but for parked subjects; read every 5 s.",
    "service",
    "log",
)
CONSUMER_LOG_UP: Final = _gauge(
    "linli_consumer_log_up",
    "1 if the service that has the log answered when last asked, else 0.",
    "service",
    "log",
)
CONSUMER_DIVERGED: Final = _gauge(
    "linli_consumer_diverged",
    "1 if the log no longer holds the fact that was last kept, else 0.",
    "service",
    "log",
)
RECEIVED_FACTS: Final = _counter(
    "linli_receiver_kept_facts_total", "Facts of a followed log that this process kept.", "service", "log"
)

APPLIER_DIRTY: Final = _gauge("linli_applier_dirty_subjects", "Subjects that wait to be computed.", "service")
APPLIER_PARKED: Final = _gauge(
    "linli_applier_parked_subjects", "Subjects that could not be computed and are tried again.", "service"
)
APPLIER_TRIED: Final = _counter(
    "linli_applier_tried_subjects_total", "Subjects this process computed, or tried to.", "service"
)
APPLIER_BATCH_SUBJECTS: Final = _histogram(
    "linli_applier_batch_subjects",
    "Subjects taken together; empty looks do not count.",
    "service",
    buckets=ITEMS,
)
APPLIER_BATCH_SECONDS: Final = _histogram(
    "linli_applier_batch_seconds", "How long subjects taken together took.", "service"
)

JOB_STEPS: Final = _counter("linli_job_steps_total", "Steps of jobs that were done.", "service", "kind")
JOB_FAILED_STEPS: Final = _counter(
    "linli_job_failed_steps_total", "Steps of jobs that failed; most are tried again.", "service", "kind"
)
JOBS_GIVEN_UP: Final = _counter(
    "linli_job_given_up_jobs_total", "Jobs that failed too often and are not tried again.", "service", "kind"
)
JOBS_OPEN: Final = _gauge("linli_job_open_jobs", "Jobs that are neither done nor given up.", "service")
