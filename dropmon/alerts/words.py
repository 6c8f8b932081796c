"""The words of messages, in each language of `platform.language`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ENGLISH = {
    "low": "low", "medium": "medium", "high": "high", "critical": "critical",
    "resolved": "resolved", "closed": "closed", "unknown": "no data",
    "repeat": "still", "escalated": "worse", "test": "test",
    "severity": "Severity", "value": "Value", "condition": "Condition", "since": "Since", "ended": "Ended",
    "lasted": "For", "labels": "Labels", "flaps": "Times lately", "acknowledge": "Acknowledge", "runbook": "Runbook",
    "late": "Late by {}: it could not be delivered before.",
    "instead": "Instead of {}, which failed",
    "only_test": "This is a test: nothing is wrong.",
    "given_up": "Given up: nothing has been known of it for 7 days.", "off": "Switched off in the rules.",
    "gone": "No longer in the rules.",
    "more": "{} more: dropmon alert list",
}  # fmt: skip
FRENCH = {
    "low": "faible", "medium": "moyenne", "high": "élevée", "critical": "critique",
    "resolved": "résolu", "closed": "clos", "unknown": "sans données",
    "repeat": "rappel", "escalated": "aggravé", "test": "test",
    "severity": "Sévérité", "value": "Valeur", "condition": "Condition", "since": "Depuis", "ended": "Fin",
    "lasted": "Durée", "labels": "Étiquettes", "flaps": "Fois récemment", "acknowledge": "Prendre en charge",
    "runbook": "Runbook",
    "late": "En retard de {} : impossible à transmettre avant.",
    "instead": "À la place de {}, en échec",
    "only_test": "Ceci est un test : tout va bien.",
    "given_up": "Abandonné : rien n'en est connu depuis 7 jours.", "off": "Désactivé dans les règles.",
    "gone": "Absent des règles.",
    "more": "{} de plus : dropmon alert list",
}  # fmt: skip
WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType({"en": ENGLISH, "fr": FRENCH})
