"""The runtime logs of Vercel."""

from __future__ import annotations

import heapq
import json
import time
from collections.abc import Generator, Iterable, Iterator
from itertools import takewhile
from typing import TYPE_CHECKING

from pydantic import Field

from dropmon.errors import TransportError
from dropmon.logs.sources.asking import Speech, asked
from dropmon.logs.sources.source import OVERLAP, PATIENCE, Clock, PassingError, Row, Say, Seen, Source, Span, silent
from dropmon.rules.addresses import Url
from dropmon.rules.types import Duration, Secret
from dropmon.transport import RefusedError, Request, listen

if TYPE_CHECKING:
    from dropmon.logs.query import Query

DISORDER = 1000  # rows within which those of a stream are brought into their order
LOOK = 60.0  # seconds between two looks whether there is a newer deployment
SLACK = 5.0  # seconds behind the end of a span in which rows of it may still come: a busy stream is never silent
SPEECH = Speech(
    "Vercel",
    {
        401: ("Vercel does not accept the token (401)", "make one at https://vercel.com/account/settings/tokens"),
        402: ("Vercel wants to be paid before it answers (402)", "look at the team's billing"),
        403: ("the token may not read these logs (403)", "it must belong to the team: give `team:` too, or its scope"),
        404: ("Vercel knows no such project or deployment (404)", "give `team:` if the project belongs to one"),
        410: ("Vercel has removed this log API (410)", "upgrade dropmon"),
    },
    "https://www.vercel-status.com",
)


class Vercel(Source):
    """The runtime logs of a Vercel deployment: what its functions say from now on, and the little that Vercel keeps."""

    project: str = Field(description="The project: prj_… or its name.")
    token: Secret
    team: str | None = Field(None, description="team_… or the team's name in addresses.")
    deployment: str | None = Field(None, description="dpl_…; default: the newest one in production.")
    api: Url = "https://api.vercel.com"
    quiet: Duration = Field(5.0, description="The stream never ends: a silence as long as this is the end of the past.")

    def asks(self) -> str:
        return f"{self.api}: {self.deployment or 'the newest deployment in production'} of {self.project}"

    def told(self, span: Span, want: Query, clock: Clock, say: Say) -> Iterator[Row]:
        del want  # this API has no filter
        end = max(span.until, min(span.until + OVERLAP, clock())) + SLACK  # what is long past costs no waiting
        rows = takewhile(lambda row: row.at < end, until_quiet(self._heard(self._path(clock, say), self.quiet)))
        yield from ordered(row for row in rows if span.since <= row.at < span.until)

    def follow(
        self, since: float, want: Query, clock: Clock, every: float = 5.0, say: Say = silent
    ) -> Generator[bytes | None, None, None]:
        """The lines as the stream brings them, of each new deployment in production too; see Source.follow."""
        del want
        seen, pause = Seen(), every
        while True:
            first = max(since, seen.newest - OVERLAP)  # a stream that begins again tells the past again
            try:
                for row in self._newest(every, clock, say):
                    pause = every
                    if row is None:
                        yield None
                    elif row.at >= first:
                        yield from (each.line for each in seen.new([row]))
            except PassingError as error:
                pause = min(pause * 2, max(PATIENCE, every))
                say(f"{error.what}; asking again in {pause:g} s")
            yield None
            time.sleep(pause)

    def _newest(self, every: float, clock: Clock, say: Say) -> Iterator[Row | None]:
        """What the stream brings, until it ends or another deployment takes over."""
        path, looked = self._path(clock, say), clock()
        for row in self._heard(path, every):
            yield row
            if clock() - looked >= LOOK:
                looked = clock()
                if self._path(clock, say) != path:
                    say("another deployment is in production: following that one")
                    return

    def _heard(self, path: str, tick: float) -> Iterator[Row | None]:
        """The rows of a stream, and None for each silence of `tick` seconds."""
        from dropmon.logs.sources.rows import of_vercel

        for line in self._lines(path, tick):
            row = of_vercel(line, SPEECH) if line is not None else None
            if row or line is None:
                yield row

    def _lines(self, path: str, tick: float) -> Iterator[bytes | None]:
        try:
            yield from listen(self._request(path), self.timeout, tick)
        except RefusedError as error:
            raise SPEECH.refused(error.answer) from None
        except TransportError as error:
            raise PassingError(error.what, "check the address and the network") from None

    def _path(self, clock: Clock, say: Say) -> str:
        """Where the logs are of the deployment that is in production now."""
        if self.deployment:
            return f"v1/projects/{self.project}/deployments/{self.deployment}/runtime-logs"
        params = (("projectId", self.project), ("target", "production"), ("state", "READY"), ("limit", "20"))
        answer = asked(self._request("v6/deployments", *params), SPEECH, self.timeout, clock, say)
        try:
            found = json.loads(answer.body)["deployments"]
            newest = max((each for each in found if live(each)), key=lambda each: each["created"], default=None)
            if newest:
                return f"v1/projects/{newest.get('projectId', self.project)}/deployments/{newest['uid']}/runtime-logs"
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise SPEECH.unread(f"the deployments: {error!r}") from None
        hint = "deploy it with `vercel --prod`, or name one with `deployment:`"
        raise TransportError(f"no deployment of {self.project} is in production", hint)

    def _request(self, path: str, *params: tuple[str, str]) -> Request:
        name = "teamId" if (self.team or "").startswith("team_") else "slug"
        team = ((name, self.team),) if self.team else ()
        headers = (("Authorization", f"Bearer {self.token.get_secret_value()}"),)
        return Request(f"{self.api.rstrip('/')}/{path}", (*params, *team), headers)


def live(deployment: dict[str, object]) -> bool:
    """Whether a deployment has served production: one that is STAGED was never promoted.

    >>> live({"readySubstate": "STAGED"}), live({"readySubstate": "PROMOTED"}), live({})
    (False, True, True)
    """
    return deployment.get("readySubstate") != "STAGED"


def until_quiet(rows: Iterator[Row | None]) -> Iterator[Row]:
    for row in rows:
        if row is None:
            return
        yield row


def ordered(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows that come nearly in their order, in their order.

    >>> [row.at for row in ordered([Row(2, "b", b""), Row(1, "a", b"")])]
    [1, 2]
    """
    waiting: list[Row] = []
    for row in rows:
        if len(waiting) < DISORDER:
            heapq.heappush(waiting, row)
        else:
            yield heapq.heappushpop(waiting, row)
    while waiting:
        yield heapq.heappop(waiting)
