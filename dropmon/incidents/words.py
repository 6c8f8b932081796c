"""What incidents say to people, in each language of `platform.language`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ENGLISH = {
    "title": "Incident {number}: {title}",
    "open": "A {level} incident is open.",
    "by": "Somebody takes it by {due}.",
    "raised": "It is {level} now.",
    "reopened": "It is back.",
    "resolved": "It is over.",
    "resolved_by": "Resolved by {who}.",
    "merged": "It is part of incident {into} now.",
    "acknowledge": "Nobody has taken it, which was due by {due}.",
    "investigate": "Nobody has written down what was found, which was due by {due}: {command}",
    "communicate": "Users are to be told by {due}: {command}",
    "update": "Users were promised news by {due}: {command}",
    "escalate": "It is not resolved, which was due by {due}. {holder} You are called as {target}.",
    "escalated": "You are called as {target} by {who}. {holder}",
    "has_it": "{who} has it.",
    "nobody": "Nobody has it.",
    "close": "It is not resolved, which was due by {due}.",
    "postmortem": "Its post-mortem is not written, which was due by {due}: {command}",
    "written": "Its post-mortem is written.",
    "ticket": "To be resolved by {due}.",
    "no_due": "No time is set.",
    "backup": "backup", "everyone": "one of all",
    "critical": "critical", "major": "major", "minor": "minor",
}  # fmt: skip
FRENCH = {
    "title": "Incident {number} : {title}",
    "open": "Un incident {level} est ouvert.",
    "by": "À prendre en charge avant {due}.",
    "raised": "Il est désormais {level}.",
    "reopened": "Il est de retour.",
    "resolved": "Il est terminé.",
    "resolved_by": "Résolu par {who}.",
    "merged": "Il fait désormais partie de l'incident {into}.",
    "acknowledge": "Personne ne l'a pris en charge ; l'échéance était {due}.",
    "investigate": "Personne n'a noté ce qui a été trouvé ; l'échéance était {due} : {command}",
    "communicate": "Les utilisateurs doivent être informés avant {due} : {command}",
    "update": "Des nouvelles ont été promises aux utilisateurs pour {due} : {command}",
    "escalate": "Il n'est pas résolu ; l'échéance était {due}. {holder} Vous êtes appelé : {target}.",
    "escalated": "Vous êtes appelé par {who} : {target}. {holder}",
    "has_it": "{who} s'en occupe.",
    "nobody": "Personne ne s'en occupe.",
    "close": "Il n'est pas résolu ; l'échéance était {due}.",
    "postmortem": "Son post-mortem n'est pas écrit ; l'échéance était {due} : {command}",
    "written": "Son post-mortem est écrit.",
    "ticket": "À résoudre avant {due}.",
    "no_due": "Aucune échéance n'est fixée.",
    "backup": "renfort", "everyone": "toute l'équipe",
    "critical": "critique", "major": "majeur", "minor": "mineur",
}  # fmt: skip
WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType({"en": ENGLISH, "fr": FRENCH})
COMMANDS = {
    "investigate": "dropmon incident note {number} TEXT",
    "communicate": "dropmon incident status {number} --publish",
    "update": "dropmon incident status {number} --publish",
    "postmortem": "dropmon incident postmortem {number}",
}
