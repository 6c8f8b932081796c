"""What reports say, in each language of `platform.language`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ENGLISH = {
    "weekly": "Weekly report {name}", "daily": "Daily report {name}", "slo": "SLO report {name}",
    "span": "{first} to {last}", "day": "{first}", "date": "%Y-%m-%d", "moment": "%Y-%m-%d %H:%M",
    "weekday": "WEEKDAY %m-%d", "weekdays": "Mon Tue Wed Thu Fri Sat Sun", "methods.made": "{methods} ({made}):",
    "headline": "{uptime} uptime; errors: {errors}; incidents: {incidents}; deployments: {deployments}",
    "unprobed": "uptime: {uptime}; errors: {errors}; incidents: {incidents}; deployments: {deployments}",
    "nothing": "NO DATA: nothing was measured", "slo_headline": "{count} SLOs: {states}",
    "no_slos": "SLO: no data, the rules promise nothing", "summary": "Summary", "slos": "SLOs", "days": "Day by day",
    "incidents": "Incidents", "deployments": "Deployments", "slowest": "Slowest", "unreliable": "Least reliable",
    "databases": "Databases", "oncall": "On-call", "missing": "Missing:", "methods": "How it is counted",
    "figure": "Figure", "value": "Value", "since.weekly": "Week before", "since.daily": "Day before",
    "against.weekly": "4 weeks", "against.daily": "4 days", "better": "better", "worse": "worse",
    "uptime": "Uptime", "mean": "Mean response", "p95": "p95 response", "errors": "Errors",
    "satisfaction": "User satisfaction", "name": "Name", "target": "Target", "sli": "Measured",
    "consumed": "Used", "left": "Left", "status": "Status", "when": "Day", "probes": "Probes", "bar": "",
    "level": "Level", "count": "Count", "tta": "To acknowledge", "ttr": "To resolve", "before": "Before",
    "critical": "critical", "major": "major", "minor": "minor", "title": "Title", "state": "State",
    "after": "Incidents after", "opened": "Opened", "open": "open", "resolved": "resolved", "kind": "Kind",
    "failed": "Failed", "size": "Size", "growth": "Growth", "connections": "Connections", "cache": "Cache hits",
    "deadlocks": "Deadlocks", "person": "Who", "hours": "Hours", "backup": "As backup", "alerts": "Alerts",
    "nights": "At night", "none": "none", "no_incidents": "no incidents", "coverage": "coverage {share}",
    "incident": "Incident",
    "HEALTHY": "HEALTHY", "AT_RISK": "AT RISK", "BREACHED": "BREACHED", "NO_DATA": "NO DATA",
    "few_minutes": "{minutes} left", "over_minutes": "{minutes} over",
    "disturbed": "at least one incident was open for {time}", "pages": "messages to whoever was on call: {count}",
    "deployed": "{count} in all; failed: {failed}; rolled back: {back}; incidents within the hour after one: {after}",
    "total": "{count} opened", "from_before": "{count} open from before", "still_open": "{count} still open",
    "none_open": "none still open", "earlier": "from before",
    "no_deployments": "NO DATA: no source tells of deployments",
    "made": "made {at} by dropmon", "bytes": "size",
    "m.uptime":
        "Uptime: probes that succeeded of all {probes} probes of {checks} checks (apis, web, functions, tcp), each"
        " counted once; {maintenance}, what was not probed does not count.",
    "m.counted": "maintenance counts", "m.excluded": "maintenance does not count",
    "m.coverage": "Coverage: {share} of the probes that should have been were there.",
    "m.mean":
        "Mean: of all probes together, so that a busy check weighs more; seconds from the question to the answer.",
    "m.p95": "p95: 95 of 100 probes took no longer (nearest rank over all probes; no mean of percentiles).{hourly}",
    "m.hourly": " Older than the samples that are kept: within 1 %, from the sketch of each hour.",
    "m.errors.log_entries": "Errors: log lines of level error or fatal.",
    "m.errors.failed_requests": "Errors: requests of functions that failed, as the logs tell.",
    "m.errors.failed_probes": "Errors: probes that failed; no logs are counted.",
    "m.satisfaction.metric": "User satisfaction: mean of all samples of {name}.",
    "m.satisfaction.vitals": "User satisfaction: share of measurements of LCP, INP and CLS that were good at p75.",
    "m.satisfaction.apdex":
        "User satisfaction: Apdex of the probes: satisfied within {satisfied}, tolerating up to {tolerated}, "
        "whoever gets an error is neither; no survey is configured.",
    "m.change":
        "Changes: shares in percentage points (pt); n/a: nothing to compare with, as where counts are of a time in "
        "under 90 % of whose hours anything was probed, or fewer than 2 of the 4 can be compared; "
        "too few: under 20 samples; "
        "≈: less than can be told apart (durations: 1 %).",
    "m.incidents":
        "Incidents: opened in this time; those from before that were open in it are counted beside them, and listed; "
        "times are means from opening; overlapping ones count once in the time.",
    "m.slo": "SLO: as it stood at the end, over its own window; see dropmon slo show.",
    "m.databases":
        "Databases: growth since the last measurement before; connections: the most at once, of the maximum; "
        "cache: blocks found in memory of all that were read.",
    "m.oncall":
        "On-call: as it was served; alerts that began to fire on somebody's watch, at night from 22:00 to 07:00.",
    "state.ready": "live",
    "state.failed": "failed",
    "state.rolled back": "rolled back",
    "state.canceled": "canceled",
    "state.blocked": "blocked",
    "lack.failed": "{name}: {why}",
    "lack.check": "{name} was not probed",
    "lack.source": "{name} told nothing",
    "lack.metric": "no sample of {name}",
    "so_far": "so far",
    "lack.since": "{name} has told nothing since {since}",
    "more": "and {count} more: dropmon report weekly --format json",
    "no_data": "NO DATA",
    "m.satisfaction.visits":
        "User satisfaction: share of visits whose LCP, INP or CLS was good, mean of all measurements.",
    "titled": "{platform}: {name}",
}  # fmt: skip
FRENCH = {
    "weekly": "Rapport hebdomadaire {name}", "daily": "Rapport quotidien {name}", "slo": "Rapport SLO {name}",
    "span": "du {first} au {last}", "day": "{first}", "date": "%d/%m/%Y", "moment": "%d/%m/%Y %H:%M",
    "weekday": "WEEKDAY %d/%m", "weekdays": "lun. mar. mer. jeu. ven. sam. dim.",
    "methods.made": "{methods} ({made}) :",
    "headline":
        "{uptime} de disponibilité ; erreurs : {errors} ; incidents : {incidents} ; "
        "déploiements : {deployments}",
    "unprobed":
        "disponibilité : {uptime} ; erreurs : {errors} ; incidents : {incidents} ; déploiements : {deployments}",
    "nothing": "PAS DE DONNÉES : rien n'a été mesuré", "slo_headline": "{count} SLO : {states}",
    "no_slos": "SLO : pas de données, les règles ne promettent rien", "summary": "Synthèse", "slos": "SLO",
    "days": "Jour par jour", "incidents": "Incidents", "deployments": "Déploiements", "slowest": "Les plus lents",
    "unreliable": "Les moins fiables", "databases": "Bases de données", "oncall": "Astreinte",
    "missing": "Ce qui manque :", "methods": "Comment c'est compté", "figure": "Indicateur", "value": "Valeur",
    "since.weekly": "Semaine d'avant", "since.daily": "La veille",
    "against.weekly": "4 semaines", "against.daily": "4 jours", "better": "mieux",
    "worse": "moins bien", "uptime": "Disponibilité", "mean": "Réponse moyenne", "p95": "Réponse p95",
    "errors": "Erreurs", "satisfaction": "Satisfaction", "name": "Nom", "target": "Objectif", "sli": "Mesuré",
    "consumed": "Consommé", "left": "Reste", "status": "État", "when": "Jour", "probes": "Sondes", "bar": "",
    "level": "Niveau", "count": "Nombre", "tta": "Prise en compte", "ttr": "Résolution", "before": "Avant",
    "critical": "critique", "major": "majeur", "minor": "mineur", "title": "Titre", "state": "État",
    "after": "Incidents après", "opened": "Ouvert", "open": "en cours", "resolved": "résolu", "kind": "Genre",
    "failed": "Échecs", "size": "Taille", "growth": "Croissance", "connections": "Connexions", "cache": "Cache",
    "deadlocks": "Deadlocks", "person": "Qui", "hours": "Heures", "backup": "En renfort", "alerts": "Alertes",
    "nights": "La nuit", "none": "aucun", "no_incidents": "aucun incident", "coverage": "couverture {share}",
    "incident": "Incident",
    "HEALTHY": "TENU", "AT_RISK": "MENACÉ", "BREACHED": "MANQUÉ", "NO_DATA": "PAS DE DONNÉES",
    "few_minutes": "reste {minutes}", "over_minutes": "dépassé de {minutes}",
    "disturbed": "au moins un incident en cours pendant {time}", "pages": "messages à l'astreinte : {count}",
    "deployed": "{count} en tout ; en échec : {failed} ; annulés : {back} ; incidents dans l'heure qui suit : {after}",
    "total": "{count} ouvert(s)", "from_before": "{count} d'avant", "still_open": "{count} toujours en cours",
    "none_open": "plus aucun en cours", "earlier": "ouvert avant",
    "no_deployments": "PAS DE DONNÉES : aucune source ne signale les déploiements",
    "made": "établi le {at} par dropmon", "bytes": "taille",
    "m.uptime":
        "Disponibilité : sondes réussies parmi les {probes} sondes de {checks} contrôles (apis, web, functions, "
        "tcp), chacune comptée une fois ; {maintenance}, ce qui n'a pas été sondé ne compte pas.",
    "m.counted": "la maintenance compte", "m.excluded": "la maintenance ne compte pas",
    "m.coverage": "Couverture : {share} des sondes prévues ont eu lieu.",
    "m.mean":
        "Moyenne : de toutes les sondes ensemble, un contrôle fréquent pèse davantage ; de la question à la "
        "réponse.",
    "m.p95":
        "p95 : 95 sondes sur 100 n'ont pas pris plus longtemps (rang le plus proche sur toutes les sondes ; aucune"
        " moyenne de centiles).{hourly}",
    "m.hourly": " Plus ancien que les mesures conservées : à 1 % près, d'après le résumé de chaque heure.",
    "m.errors.log_entries": "Erreurs : lignes de journal de niveau error ou fatal.",
    "m.errors.failed_requests": "Erreurs : requêtes des fonctions en échec, d'après les journaux.",
    "m.errors.failed_probes": "Erreurs : sondes en échec ; aucun journal n'est compté.",
    "m.satisfaction.metric": "Satisfaction : moyenne de toutes les mesures de {name}.",
    "m.satisfaction.vitals": "Satisfaction : part des mesures de LCP, INP et CLS bonnes au p75.",
    "m.satisfaction.apdex":
        "Satisfaction : Apdex des sondes : satisfait en moins de {satisfied}, toléré jusqu'à {tolerated}, une "
        "erreur n'est ni l'un ni l'autre ; aucune enquête n'est configurée.",
    "m.change":
        "Évolutions : les parts en points de pourcentage (pt) ; n/d : rien à comparer, ainsi pour les nombres d'une "
        "période sondée pendant moins de 90 % de ses heures, ou si moins de 2 des 4 se comparent ; trop peu : moins de "
        "20 mesures ; ≈ : moins que ce qui se distingue (durées : 1 %).",
    "m.incidents":
        "Incidents : ouverts pendant cette période ; ceux d'avant qui y étaient en cours sont comptés à côté, et cités "
        "; durées moyennes depuis l'ouverture ; ceux qui se chevauchent comptent une fois dans le temps.",
    "m.slo": "SLO : à la fin de la période, sur sa propre fenêtre ; voir dropmon slo show.",
    "m.databases":
        "Bases : croissance depuis la dernière mesure d'avant ; connexions : le plus à la fois, du maximum ; cache"
        " : blocs trouvés en mémoire parmi ceux lus.",
    "m.oncall":
        "Astreinte : telle qu'assurée ; alertes déclenchées pendant la garde de chacun, la nuit de 22 h à 7 h.",
    "state.ready": "en ligne",
    "state.failed": "en échec",
    "state.rolled back": "retour arrière",
    "state.canceled": "abandonné",
    "state.blocked": "bloqué",
    "lack.failed": "{name} : {why}",
    "lack.check": "{name} n'a pas été sondé",
    "lack.source": "{name} n'a rien transmis",
    "lack.metric": "aucune mesure de {name}",
    "so_far": "en cours",
    "lack.since": "{name} n'a rien transmis depuis le {since}",
    "more": "et {count} de plus : dropmon report weekly --format json",
    "no_data": "PAS DE DONNÉES",
    "m.satisfaction.visits":
        "Satisfaction : part des visites dont LCP, INP ou CLS étaient bons, moyenne de toutes les mesures.",
    "titled": "{platform} : {name}",
}  # fmt: skip
WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType({"en": ENGLISH, "fr": FRENCH})
