"""label_replace() and label_join()."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dropmon.history.promql.pattern import expanded, pattern
from dropmon.history.promql.value import Labels, PromqlError, labelled


def replacing(target: str, template: str, source: str, expression: str) -> Callable[[Labels], Labels]:
    """Sets a label to a template where the pattern matches the whole of another label. PromqlError for a bad one."""
    matching = pattern(expression)
    named(target, "label_replace")

    def work(labels: Labels) -> Labels:
        found = matching.fullmatch(dict(labels).get(source, ""))
        return labelled(labels, **{target: expanded(found, template)}) if found else labels

    return work


def joining(target: str, separator: str, *sources: str) -> Callable[[Labels], Labels]:
    """Sets a label to others, joined. PromqlError for a bad name."""
    for name in (target, *sources):
        named(name, "label_join")

    def work(labels: Labels) -> Labels:
        have = dict(labels)
        return labelled(labels, **{target: separator.join(have.get(name, "") for name in sources)})

    return work


def named(label: str, function: str) -> None:
    """Refuses the empty text as the name of a label; any other is one (UTF-8 names of Prometheus 3)."""
    if not label:
        raise PromqlError(f"{function}: the name of a label is empty", "name the label to set")


WORK: dict[str, Callable[..., Callable[[Labels], Labels]]] = {"label_replace": replacing, "label_join": joining}


def distinct(samples: Sequence[tuple[Labels, float]]) -> None:
    """PromqlError when two samples have the same labels."""
    if len({labels for labels, _ in samples}) < len(samples):
        raise PromqlError(
            "vector cannot contain metrics with the same labelset", "select one metric, or keep a label that differs"
        )
