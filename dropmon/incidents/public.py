"""What users read, in each language of `platform.language`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SENTENCES: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "en": {
        "investigating": "We are currently investigating this issue.",
        "identified": "The issue has been identified and a fix is being implemented.",
        "monitoring": "We have implemented a fix. We are monitoring systems to ensure the fix has addressed the initial"
        " issue.",
        "resolved": "This incident has been resolved.",
    },
    "fr": {
        "investigating": "Nous étudions actuellement ce problème.",
        "identified": "Le problème a été identifié et un correctif est en cours de mise en place.",
        "monitoring": "Un correctif a été mis en place. Nous surveillons nos systèmes pour nous assurer qu'il a résolu"
        " le problème.",
        "resolved": "Cet incident est résolu.",
    },
})  # fmt: skip
WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "en": {
        "service": "our service",
        "title_critical": "Service unavailable: {what}",
        "title_major": "Degraded service: {what}",
        "title_minor": "Minor disruption: {what}",
        "impact_critical": "You may be unable to use {what}.",
        "impact_major": "{what} may be slow, or fail from time to time.",
        "impact_minor": "A small part of {what} may not work as expected.",
        "impact": "Impact:", "affected": "Affected:", "next": "Next update by {time}.",
        "investigating": "Investigating", "identified": "Identified", "monitoring": "Monitoring",
        "resolved": "Resolved", "feed": "{what}: status",
    },
    "fr": {
        "service": "notre service",
        "title_critical": "Service indisponible : {what}",
        "title_major": "Service dégradé : {what}",
        "title_minor": "Perturbation mineure : {what}",
        "impact_critical": "Il se peut que vous ne puissiez pas utiliser {what}.",
        "impact_major": "{what} peut être lent ou échouer par moments.",
        "impact_minor": "Une petite partie de {what} peut ne pas fonctionner comme prévu.",
        "impact": "Impact :", "affected": "Concerné :", "next": "Prochaine information avant {time}.",
        "investigating": "Investigation en cours", "identified": "Cause identifiée", "monitoring": "Sous surveillance",
        "resolved": "Résolu", "feed": "{what} : état du service",
    },
})  # fmt: skip
