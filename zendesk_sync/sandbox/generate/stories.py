"""How generated tickets come about and go on: by whom, when, in which state they are now."""

from collections import deque
from collections.abc import Iterator
from random import Random

from zendesk_sync.sandbox.generate.people import Town, pick
from zendesk_sync.sandbox.generate.writing import Topic, Writer
from zendesk_sync.sandbox.store import Doc

_HOUR, _DAY = 3_600.0, 86_400.0
_SEVERITIES = ("0 Emergency", "1 Severe", "2 Medium", "3 Question")
_COMMON = (3, 9, 40, 48)
"""How often a topic of each severity is chosen."""
_PRESALES = (
    "p0 Failed deployment or total loss of service.",
    "p1 Core features are unavailable, or the service as a whole is slow.",
    "p2 Technical asks or problems that block nothing.",
)
_FRESH = (("new", 30), ("open", 34), ("pending", 14), ("hold", 5), ("solved", 17))
_RECENT = (("open", 9), ("pending", 9), ("hold", 4), ("solved", 68), ("closed", 10))
_OLD = (("open", 1), ("hold", 1), ("solved", 1), ("closed", 97))
_TAGS = ("ui", "api", "search", "billing", "login", "upgrade", "performance", "docs", "beta", "integration")
_PRIORITIES = ("urgent", "high", "normal", "low")


class Stories:
    """Tells tickets from the oldest to the newest, as seed entries."""

    def __init__(self, chance: Random, writer: Writer, town: Town) -> None:
        self._chance, self._writer, self._town = chance, writer, town
        self._closed: deque[str] = deque(maxlen=100)

    def tell(self, count: int) -> Iterator[Doc]:
        """Yield `count` tickets; a few hundred of them are of the last days, the others reach back for years."""
        recent = max(0.04, min(0.6, 150 / max(count, 1)))
        ages = [self._age(recent) for _ in range(count)]
        for number, age in enumerate(sorted(ages, reverse=True), start=1):
            yield self._ticket(number, age)

    def _age(self, recent: float) -> float:
        chance = self._chance
        if chance.random() < recent:
            return chance.uniform(60, 10 * _DAY)
        return min(_DAY + chance.expovariate(1 / (300 * _DAY)), 2_000 * _DAY)

    def _ticket(self, number: int, age: float) -> Doc:
        chance = self._chance
        kind = chance.random()
        if kind < 0.02:
            entry, topic = self._of_ours()
        elif kind < 0.07:
            entry, topic = self._of_an_engineer()
        else:
            entry, topic = self._of_a_customer()
        entry |= {"subject": topic.subject, "description": topic.text, "created_ago": round(age)}
        self._tell_more(entry)
        if self._closed and chance.random() < 0.02:
            entry["follow_up_of"] = chance.choice(self._closed)
        status = self._live(entry, topic, age)
        if status == "closed" and chance.random() < 0.05:
            entry["external_id"] = f"generated-{number}"
        if chance.random() < 0.01:
            entry["deleted"] = True
        elif "external_id" in entry:
            self._closed.append(entry["external_id"])
        return entry

    def _of_a_customer(self) -> tuple[Doc, Topic]:
        chance, customer = self._chance, self._town.customer(self._chance)
        topic = self._writer.topic(customer.language, _COMMON)
        entry: Doc = {"requester": customer.email, "via": chance.choice(("email", "email", "web", "api")), "fields": {}}
        if chance.random() < 0.35:
            entry["fields"]["Severity"] = _SEVERITIES[topic.severity]
        if topic.severity < 2 and chance.random() < 0.4:
            entry["fields"]["Cannot wait a day"] = chance.choice(("Yes, it cannot wait a day", "No, it can wait"))
        if chance.random() < 0.05:
            entry["priority"] = chance.choice(_PRIORITIES)
        return entry, topic

    def _of_an_engineer(self) -> tuple[Doc, Topic]:
        chance = self._chance
        topic = self._writer.topic("en", _COMMON)
        entry: Doc = {"requester": chance.choice(self._town.engineers), "via": "web", "fields": {}}
        entry["organization"] = chance.choice(self._town.prospects)
        if chance.random() < 0.8:
            entry["fields"]["Pre-sales severity"] = _PRESALES[min(topic.severity, 2)]
        return entry, topic

    def _of_ours(self) -> tuple[Doc, Topic]:
        topic = self._writer.topic("en", (0, 0, 1, 3))
        return {"requester": self._chance.choice(self._town.agents), "via": "web", "fields": {}}, topic

    def _tell_more(self, entry: Doc) -> None:
        """Add answers to what support will ask, as fields or under headings in the text; or none at all."""
        chance = self._chance
        if chance.random() < 0.55:
            return
        answers = self._writer.answers(chance.choice((0.2, 0.5, 0.9, 1.0)))
        if chance.random() < 0.5:
            entry["fields"] |= answers
        elif answers:
            lines = "\n".join(f"{title}: {said}" for title, said in answers.items())
            entry["description"] = f"{entry['description']}\n\n{lines}"

    def _live(self, entry: Doc, topic: Topic, age: float) -> str:
        """Let the ticket come as New and become what a ticket of its age mostly is; return the status it ends with."""
        chance = self._chance
        status = pick(chance, _FRESH if age < 2 * _DAY else _RECENT if age < 14 * _DAY else _OLD)
        if chance.random() < 0.4:
            entry["tags"] = chance.sample(_TAGS, chance.randrange(1, 3))
        if chance.random() < 0.5:
            entry["type"] = ("incident", "problem", "problem", "question")[topic.severity]
        if status == "new":
            return status
        agent = chance.choice(self._town.agents)
        language = self._town.languages.get(entry["requester"], "en")
        is_done = status in {"solved", "closed"}
        steps: list[Doc] = []
        if not is_done or chance.random() < 0.55:
            steps = [self._answer(agent) for _ in range(chance.choice((0, 0, 1, 1, 1, 2)))] or [{"author": agent}]
            steps[0]["status"] = "open"
            if steps[-1].get("public") and chance.random() < 0.6:
                steps[-1]["status"] = "pending"
                steps.append({"author": entry["requester"], "status": "open", "body": self._writer.thanks(language)})
        if is_done:
            steps.append({"author": agent, "status": "solved", "body": self._writer.agent("solutions")})
        steps[0]["assignee"] = agent
        if chance.random() < 0.45:
            steps[0]["priority"] = _PRIORITIES[topic.severity]
        if status not in {"solved", "open"}:
            steps.append({"author": agent, "status": status})
        self._date(steps, age)
        entry["comments"] = steps
        return status

    def _answer(self, agent: str) -> Doc:
        public = self._chance.random() < 0.7
        return {"author": agent, "public": public, "body": self._writer.agent("replies" if public else "notes")}

    def _date(self, steps: list[Doc], age: float) -> None:
        """Spread the updates from minutes to a few weeks after the ticket's creation, in order."""
        span = min(age * 0.95, self._chance.choice((_HOUR, 6 * _HOUR, 2 * _DAY, 10 * _DAY, 30 * _DAY)))
        for step, part in zip(steps, sorted(self._chance.random() for _ in steps), strict=True):
            step["ago"] = round(age - span * part)
