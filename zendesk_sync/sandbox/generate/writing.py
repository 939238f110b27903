"""What generated tickets say: topics by language and severity, with their gaps filled in."""

import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from random import Random

from zendesk_sync.sandbox.store import Doc

_GAP = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Topic:
    """What a ticket is about, and how bad it is."""

    severity: int
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes with the words of `texts.toml`."""

    chance: Random
    texts: Doc

    @classmethod
    def of(cls, chance: Random) -> "Writer":
        source = resources.files("zendesk_sync.sandbox.generate").joinpath("texts.toml")
        return cls(chance, tomllib.loads(source.read_text(encoding="utf-8")))

    def topic(self, language: str, severities: tuple[int, ...]) -> Topic:
        """Return a topic, more of the harmless than of the grave."""
        found = self.texts[language]
        chosen = self.chance.choices(found, [severities[one["severity"]] for one in found])[0]
        return Topic(chosen["severity"], self._one(chosen["subject"]), self._one(chosen["text"]))

    def thanks(self, language: str) -> str:
        return self._one(self.texts["thanks"][language])

    def agent(self, kind: str) -> str:
        """Return one of the agents' `replies`, `notes` or `solutions`."""
        return self._one(self.texts["agent"][kind])

    def answers(self, share: float) -> Doc:
        """Return answers to about this share of the checklist items, by the title of the item's field."""
        return {title: self._one(said) for title, said in self.texts["answers"].items() if self.chance.random() < share}

    def _one(self, sentences: list[str]) -> str:
        return _GAP.sub(self._word, self.chance.choice(sentences))

    def _word(self, gap: re.Match[str]) -> str:
        return str(self.chance.choice(self.texts["words"][gap[1]]))
