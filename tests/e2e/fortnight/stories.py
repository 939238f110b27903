"""How each ticket comes about and goes on: a story does what is due, and yields the moment at which it goes on."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import resources
from random import Random
from typing import Any, TypeVar

from tests.e2e.fortnight.desk import AGENTS, BOT, COLLEAGUE, ENGINEER, OWNER, Desk, Said
from zendesk_sync.sandbox.generate.writing import Writer

Story = Iterator[float]
T = TypeVar("T")

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
OPENS, CLOSES = 7, 19
"""When support is there, UTC, Monday to Friday; some are on call at other times."""
COMMON = (8, 17, 40, 35)
"""How often a topic of each severity is chosen."""
DELAYS = ((20 * MINUTE, 25), (70 * MINUTE, 25), (2 * HOUR, 4), (5 * HOUR, 18), (26 * HOUR, 14), (None, 14))
"""About how long it takes until somebody answers; None is for ever."""
LEVELS = ("p0", "p1", "p2", "p3")
WRITERS = (
    ("big", 5), ("harbor", 9), ("cobalt", 7), ("velvet", 4), ("small", 4), ("maple", 9), ("orchid", 6), ("ember", 5),
    ("gratis", 3), ("meadow", 6), ("pine", 5), ("prairie", 6), ("lunar", 5), ("mail", 4), ("quartz", 4), ("maybe", 3),
)  # fmt: skip
"""Who writes how often: homes of people, and those at home nowhere."""
OF_THE_BOT = (
    "Thank you for your message. We have received it and will get back to you.",
    "While you wait: these three pages of our documentation helped others with the same words in their subject.",
)
RECEIPTS = ("Your request (#4711) has been received and is being reviewed by our support staff.",)
"""What an agent's own autoresponder writes under the agent's name."""
ACKNOWLEDGEMENTS = (
    "We are on it.",
    "Hi,\n\nthanks for reporting this. We are looking into it.\n\nKim",
    "Thank you for the report, I'm checking.",
)
REPLIES = (
    "Could you send us the logs of that machine, and the version you run?",
    "Thanks. This is fixed in 5.4.0; after the upgrade it should be gone.",
    "We could reproduce it here and have handed it to engineering. Until then a restart of the worker helps.",
    "Yes, that is supported since 5.3.",
    "We are looking into it. Meanwhile, please switch the cache off; that brings the search back.",
)
SOLUTIONS = (
    "The upgrade solved it on our side too, so I am closing this one; just answer here if it comes back.",
    "As agreed on the phone, nothing is left to do here.",
)
_TEXTS = tomllib.loads(
    resources.files("zendesk_sync.sandbox.generate").joinpath("texts.toml").read_text(encoding="utf-8")
)


def pick(chance: Random, weighted: tuple[tuple[T, int], ...]) -> T:
    return chance.choices([value for value, _ in weighted], [weight for _, weight in weighted])[0]


def at_work(chance: Random, moment: float) -> float:
    """The moment, or the next morning at which somebody is there; sometimes somebody is there anyway."""
    when = datetime.fromtimestamp(moment, UTC)
    if chance.random() < 0.12 or (when.weekday() < 5 and OPENS <= when.hour < CLOSES):
        return moment
    morning = when.replace(hour=OPENS, minute=0, second=0, microsecond=0)
    if when.hour >= OPENS:
        morning += timedelta(days=1)
    while morning.weekday() >= 5:
        morning += timedelta(days=1)
    return morning.timestamp() + chance.randrange(3 * 3600)


class Stories:
    """Everything that happens to one ticket, and to its follow-up.

    Args:
        chance: its own, so that what befalls other tickets changes nothing here.
        open_tickets: those of all stories that are not over yet, by home; one may be merged into another of the home.
    """

    def __init__(self, desk: Desk, chance: Random, open_tickets: dict[str, list[int]]) -> None:
        self._desk, self._chance, self._open = desk, chance, open_tickets
        self._writer = Writer(chance, _TEXTS)

    @property
    def _now(self) -> float:
        return self._desk.clock.timestamp()

    def one(self) -> Story:
        kind = pick(self._chance, (("customer", 80), ("engineer", 8), ("colleague", 5), ("for a customer", 4)))
        if kind == "engineer":
            return self._of_an_engineer()
        if kind == "colleague":
            return self._of_a_colleague()
        return self._of_a_customer(for_customer=kind == "for a customer")

    # ------------------------------------------------------------ how they begin

    def _of_a_customer(self, *, for_customer: bool) -> Story:
        chance, desk = self._chance, self._desk
        home = pick(chance, WRITERS)
        sender = f"{chance.choice(('ada', 'bruno', 'carla'))}@{home}.example"
        topic = self._writer.topic(pick(chance, (("en", 8), ("de", 1), ("fr", 1))), COMMON)
        text = self._with_answers(topic.text) if chance.random() < 0.25 else topic.text
        has_severity = chance.random() < 0.3
        more = desk.severity(topic.severity) if has_severity else {}
        channel = "for" if for_customer else pick(chance, (("mail", 55), ("form", 30), ("api", 15)))
        if channel == "mail":
            has_severity = False
            ticket = desk.mail(sender, topic.subject, text)
        elif channel == "form":
            if chance.random() < 0.15:
                more = desk.level(chance.choice(LEVELS), more)
            ticket = desk.form(sender, topic.subject, text, **more)
        else:
            by = chance.choice(AGENTS) if channel == "for" else OWNER
            if chance.random() < 0.15:
                more = desk.level(chance.choice(LEVELS), more)
            ticket = desk.raised(by, sender, topic.subject, text, **more)
        yield from self._goes_on(ticket, home, sender, topic.severity, has_severity=has_severity)

    def _of_an_engineer(self) -> Story:
        chance, desk = self._chance, self._desk
        home = chance.choice(("quartz", "delta", "maybe"))
        topic = self._writer.topic("en", COMMON)
        level = min(topic.severity, 2)
        more: dict[str, Any] = {}
        if chance.random() < 0.75:
            more["custom_fields"] = [desk.option("Pre-sales severity", f"zs_presales_p{level}")]
        text = self._with_answers(topic.text) if chance.random() < 0.5 else topic.text
        sender = f"robin@{home}.example"
        if chance.random() < 0.25:
            sender = ENGINEER  # under their own name: only the scale tells that it is about a prospect
        ticket = desk.raised(ENGINEER, sender, topic.subject, text, **more)
        if not more and chance.random() < 0.6:
            yield at_work(chance, self._now + chance.uniform(5 * MINUTE, 3 * HOUR))
            desk.changes(ENGINEER, ticket, custom_fields=[desk.option("Pre-sales severity", f"zs_presales_p{level}")])
        if chance.random() < 0.5:
            yield self._now + chance.uniform(2 * MINUTE, 40 * MINUTE)
            desk.says(ENGINEER, ticket, Said.OF_ENGINEER, "I have told them that support will look at it.")
        yield from self._goes_on(ticket, home, sender, topic.severity, has_severity=True)

    def _of_a_colleague(self) -> Story:
        topic = self._writer.topic("en", (1, 1, 2, 3))
        ticket = self._desk.mail(COLLEAGUE, f"Docs: {topic.subject}", topic.text)
        if self._chance.random() < 0.5:
            yield at_work(self._chance, self._now + 30 * MINUTE)
            self._desk.changes(self._chance.choice(AGENTS), ticket, **self._desk.level("p2"))
        yield from self._goes_on(ticket, "ours", COLLEAGUE, 3, has_severity=True)

    def of_old(self, home: str, created: datetime) -> Story:
        """A ticket that is older than the service, and than the desk."""
        topic = self._writer.topic("en", (1, 2, 4, 3))
        sender = f"olga@{home}.example"
        moment = created.isoformat().replace("+00:00", "Z")
        more = self._desk.severity(topic.severity) if self._chance.random() < 0.5 else {}
        ticket = self._desk.imported(sender, topic.subject, topic.text, created=moment, status="open", **more)
        yield self._now + self._chance.uniform(HOUR, 30 * HOUR)
        yield from self._goes_on(ticket, home, sender, topic.severity, has_severity=bool(more))

    def _with_answers(self, text: str) -> str:
        lines = [f"{title}: {said}" for title, said in self._writer.answers(0.6).items()]
        return "\n".join([text, "", *lines])

    # ------------------------------------------------------------ how they go on

    def _goes_on(self, ticket: int, home: str, sender: str, severity: int, *, has_severity: bool) -> Story:
        chance, desk = self._chance, self._desk
        agent = chance.choice(AGENTS)
        born = self._now
        if chance.random() < 0.6:
            yield self._now + chance.choice((1.0, 2.0, 20.0))
            desk.says(BOT, ticket, Said.RECEIPT, chance.choice(OF_THE_BOT))
        elif chance.random() < 0.2:
            yield self._now + 3.0
            desk.says(agent, ticket, Said.RECEIPT, chance.choice(RECEIPTS))
        if chance.random() < 0.06:
            yield self._now + 1.0  # before anybody of ours has looked at it
            desk.changes(agent, ticket, **desk.level(chance.choice(LEVELS)))
            if chance.random() < 0.3:
                desk.changes(chance.choice(AGENTS), ticket, **desk.level(chance.choice(LEVELS)))
        if chance.random() < 0.05:
            yield from self._ends_early(ticket, home, agent)
            return
        self._open.setdefault(home, []).append(ticket)
        delay = pick(chance, DELAYS)
        if delay != 2 * HOUR:
            yield from self._triage(ticket, agent, severity, has_severity=has_severity)
        if delay is None:
            yield from self._forgotten(ticket, sender, agent, severity)
            return
        if chance.random() < 0.3:
            soon = min(delay / 2, HOUR) * chance.uniform(0.3, 1)
            yield at_work(chance, max(born + soon, self._now))
            desk.says(agent, ticket, Said.ACKNOWLEDGEMENT, chance.choice(ACKNOWLEDGEMENTS), status="open")
        if delay == 2 * HOUR:  # to the second, where nothing comes in between
            yield born + delay
        else:
            yield at_work(chance, max(self._now, born + delay * chance.uniform(0.5, 1.3)))
        asks = chance.random() < 0.4
        desk.says(agent, ticket, Said.REPLY, chance.choice(REPLIES), status="pending" if asks else "open")
        yield from self._work(ticket, sender, agent, severity)
        yield from self._ends(ticket, home, sender, agent, severity)

    def _triage(self, ticket: int, agent: str, severity: int, *, has_severity: bool) -> Story:
        chance, desk = self._chance, self._desk
        yield at_work(chance, self._now + chance.uniform(2 * MINUTE, 90 * MINUTE))
        change: dict[str, Any] = {"assignee_id": desk.person(agent)} if chance.random() < 0.7 else {}
        if not has_severity and chance.random() < 0.75:
            wrong = chance.random() < 0.15
            change |= desk.severity((severity + 1) % 4 if wrong else severity)
        if change:
            desk.changes(agent, ticket, **change)
        if chance.random() < 0.3:
            yield self._now + chance.uniform(MINUTE, 20 * MINUTE)
            desk.says(agent, ticket, Said.NOTE, self._writer.agent("notes"))
        if severity < 2 and chance.random() < 0.5:
            yield self._now + chance.uniform(MINUTE, 30 * MINUTE)
            answer = chance.choice(("yes", "no"))
            desk.changes(agent, ticket, custom_fields=[desk.option("Cannot wait a day", f"zs_cannot_wait_{answer}")])

    def _work(self, ticket: int, sender: str, agent: str, severity: int) -> Story:
        """What is asked is answered bit by bit; somebody may decide otherwise; the severity may be corrected."""
        chance, desk = self._chance, self._desk
        answers = list(self._writer.answers(chance.choice((0.4, 1.0, 1.0))).items())
        chance.shuffle(answers)
        steps = ["answers"] * chance.choice((0, 1, 2, 3))
        steps += ["official"] * chance.choice((0, 0, 0, 1, 1, 2)) + ["severity"] * (chance.random() < 0.12)
        steps += ["hold"] * (chance.random() < 0.15) + ["field"] * (chance.random() < 0.2)
        chance.shuffle(steps)
        left = steps.count("answers")
        for step in steps:
            yield at_work(chance, self._now + chance.expovariate(1 / (5 * HOUR)))
            if step == "answers":
                given, answers = answers[: len(answers) // left], answers[len(answers) // left :]
                left -= 1
                text = "\n".join(f"{title}: {said}" for title, said in given) or self._writer.thanks("en")
                if chance.random() < 0.7:
                    desk.answers(sender, ticket, text)
                else:
                    desk.says(agent, ticket, Said.NOTE, text)
            elif step == "official":
                self._decides(ticket)
            elif step == "severity":
                desk.changes(agent, ticket, **desk.severity(chance.choice((severity, (severity + 3) % 4))))
            elif step == "field":
                values = [{"id": desk.field_id(t), "value": "5.3.1"} for t in ("Version", "Logs")]
                desk.changes(agent, ticket, custom_fields=values)
            else:
                desk.changes(agent, ticket, status="hold")

    def _decides(self, ticket: int) -> None:
        """Somebody sets the official priority, or clears it where an account can; a customer engineer may too."""
        chance, desk = self._chance, self._desk
        level = None if chance.random() < 0.15 else chance.choice(LEVELS)
        desk.changes(ENGINEER if chance.random() < 0.1 else chance.choice(AGENTS), ticket, **desk.level(level))

    def _forgotten(self, ticket: int, sender: str, agent: str, severity: int) -> Story:
        """Nobody answers. The customer asks again, and something may be done about it without a word."""
        chance, desk = self._chance, self._desk
        if chance.random() < 0.5:
            yield self._now + chance.uniform(20 * HOUR, 80 * HOUR)
            desk.answers(sender, ticket, "Is anybody there?")
        if chance.random() < 0.4:
            yield at_work(chance, self._now + chance.uniform(HOUR, 30 * HOUR))
            desk.changes(agent, ticket, **desk.level(LEVELS[severity]), assignee_id=desk.person(agent))
        if chance.random() < 0.6:
            yield at_work(chance, self._now + chance.uniform(HOUR, 30 * HOUR))
            desk.says(agent, ticket, Said.NOTE, "They have solved it themselves.", status="solved")

    # ------------------------------------------------------------ how they end

    def _ends_early(self, ticket: int, home: str, agent: str) -> Story:
        """Deleted, maybe by mistake; or one trouble told twice."""
        chance, desk = self._chance, self._desk
        yield at_work(chance, self._now + chance.uniform(2 * MINUTE, 5 * HOUR))
        others = [one for one in self._open.get(home, []) if desk.status(one) in {"new", "open", "pending"}]
        if others and chance.random() < 0.6:
            desk.merges(agent, ticket, chance.choice(others))
            return
        desk.deletes(ticket)
        if chance.random() < 0.4:
            yield self._now + chance.uniform(HOUR, 30 * HOUR)
            desk.restores(ticket)

    def _ends(self, ticket: int, home: str, sender: str, agent: str, severity: int) -> Story:
        chance, desk = self._chance, self._desk
        if chance.random() < 0.1:
            return
        yield at_work(chance, self._now + chance.expovariate(1 / (12 * HOUR)))
        words = chance.choice(SOLUTIONS)
        if not desk.says(agent, ticket, Said.REPLY, words, status="solved", assignee_id=desk.person(agent)):
            return
        if chance.random() < 0.2:
            yield self._now + chance.uniform(HOUR, 40 * HOUR)
            if chance.random() < 0.7:
                desk.answers(sender, ticket, "It is back, I am afraid.")
            else:  # told on the phone; and a rule of the account has a say in the same update
                desk.changes(agent, ticket, status="open", **desk.level(chance.choice(LEVELS)))
            yield at_work(chance, self._now + chance.uniform(10 * MINUTE, 9 * HOUR))
            desk.says(agent, ticket, Said.REPLY, words, status="solved")
        if chance.random() < 0.5:
            yield self._now + chance.uniform(20 * HOUR, 60 * HOUR)
            desk.changes(OWNER, ticket, status="closed")
            if chance.random() < 0.3:
                yield self._now + chance.uniform(HOUR, 40 * HOUR)
                again = self._follow_up(ticket, sender)
                if again is not None:
                    yield from self._goes_on(again, home, sender, severity, has_severity=False)

    def _follow_up(self, ticket: int, sender: str) -> int | None:
        """By the customer's mail, or by an agent who was called; None where the ticket is not closed after all."""
        words = "We have the same trouble again, and it is urgent."
        if self._chance.random() < 0.3 and self._desk.status(ticket) == "closed":
            by = self._chance.choice(AGENTS)
            return self._desk.raised(by, sender, "They called again", words, via_followup_source_id=ticket)
        again = self._desk.answers(sender, ticket, words)
        return None if again == ticket else again
