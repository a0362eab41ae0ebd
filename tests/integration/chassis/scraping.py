"""Asks for metrics as Prometheus does."""

from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

ANSWER_SECONDS_MAX = 10.0

Scraped = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scrape(port: int) -> Scraped:
    """Every sample that a process shows, by name and labels."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=ANSWER_SECONDS_MAX) as answer:
        text = answer.read().decode("utf-8")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(scraped: Scraped, name: str, /, **labels: str) -> float:
    return scraped[name, frozenset(labels.items())]
