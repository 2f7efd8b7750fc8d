"""Pages of metrics, read as Prometheus reads them."""

from collections import Counter
from http.client import HTTPConnection

from prometheus_client.parser import text_string_to_metric_families

SCRAPES = {"Accept": "text/plain;version=0.0.4"}


def scrape(address, *, token="", path="/metrics", method="GET", headers=None):
    """Ask HOST:PORT; return the status and the text."""
    connection = HTTPConnection(address, timeout=30)
    try:
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        connection.request(method, path, headers=SCRAPES | bearer | (headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


class Scraped:
    """The samples of a page. Fails where a family occurs twice, as Prometheus may."""

    def __init__(self, text):
        self.text = text
        self.families = list(text_string_to_metric_families(text))
        names = Counter(family.name for family in self.families)
        assert [name for name, count in names.items() if count > 1] == []
        self.samples = [sample for family in self.families for sample in family.samples]

    @classmethod
    def of(cls, address, **options):
        status, text = scrape(address, **options)
        assert status == 200, text
        return cls(text)

    def sum(self, name, **labels):
        """Add up the samples of a name that have these labels; there must be one."""
        found = [
            sample.value
            for sample in self.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]
        assert found, f"{name} {labels} is not in\n{self.text}"
        return sum(found)

    def by(self, name, label):
        """Add up the samples of a name for each value of a label."""
        sums = Counter()
        for sample in self.samples:
            if sample.name == name:
                sums[sample.labels[label]] += sample.value
        return {value: count for value, count in sums.items() if count}

    def text_of(self, name, label):
        """The value of a label of the first sample of a name."""
        return next(sample.labels[label] for sample in self.samples if sample.name == name)

    def has(self, name):
        return any(sample.name == name for sample in self.samples)
