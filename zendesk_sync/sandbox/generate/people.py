"""The organizations and people of a generated account: of every plan, size and role."""

from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import TypeVar

from zendesk_sync.sandbox.store import Doc

T = TypeVar("T")
_FIRST = (
    "Ada", "Amir", "Anna", "Bela", "Bruno", "Carla", "Chen", "Dana", "Diego", "Elif", "Emma", "Farid", "Fiona", "Goran",
    "Hana", "Hugo", "Ines", "Ivan", "Jana", "Jonas", "Kaito", "Kira", "Lars", "Lena", "Luis", "Maya", "Milan", "Nadia",
    "Noor", "Olga", "Omar", "Paula", "Pedro", "Priya", "Quinn", "Rosa", "Ryo", "Sara", "Sven", "Tara", "Tom", "Uma",
    "Vera", "Victor", "Wei", "Yara", "Yusuf", "Zoe",
)  # fmt: skip
_LAST = (
    "Abe", "Aydin", "Bauer", "Berg", "Costa", "Cruz", "Dubois", "Eriksen", "Fischer", "Fontaine", "Garcia", "Haddad",
    "Hansen", "Ito", "Jansen", "Kaya", "Keller", "Kowalski", "Kumar", "Laurent", "Lindgren", "Lopez", "Meyer", "Moreau",
    "Nakamura", "Novak", "Okafor", "Park", "Peters", "Petrov", "Ramos", "Rossi", "Sato", "Silva", "Singh", "Tanaka",
    "Torres", "Vogel", "Weber", "Wolf", "Yamada", "Zhang",
)  # fmt: skip
_SHAPES = (
    "Alpine", "Amber", "Arctic", "Blue", "Bright", "Cobalt", "Copper", "Coral", "Crystal", "Delta", "Eastern", "Ember",
    "Golden", "Granite", "Green", "Harbor", "Iron", "Ivory", "Lunar", "Maple", "Meadow", "Northern", "Ocean", "Onyx",
    "Orchid", "Pine", "Prairie", "Quartz", "Red", "River", "Sierra", "Silver", "Solar", "Summit", "Velvet", "Western",
)  # fmt: skip
_TRADES = (
    "Analytics", "Bank", "Biotech", "Books", "Broadcasting", "Capital", "Clinic", "Energy", "Farms", "Foods", "Freight",
    "Games", "Insurance", "Labs", "Logistics", "Media", "Mobility", "Motors", "Optics", "Pharma", "Press", "Railways",
    "Robotics", "Shipping", "Software", "Studio", "Systems", "Telecom", "Textiles", "Travel", "University", "Utilities",
)  # fmt: skip
_PLANS = (
    ("enterprise", 22), ("team", 30), ("free", 18), ("open_source", 7), ("trial", 14), (None, 9),
)  # fmt: skip
_LANGUAGES = (("en", 70), ("de", 10), ("fr", 8), ("es", 7), ("ja", 5))
LOCALES = {"en": "en-US", "de": "de", "fr": "fr", "es": "es", "ja": "ja"}
_YEARS = (2_010 * 86_400, 2_400 * 86_400)
"""How long ago they came, in seconds: before the oldest ticket."""
OURS = "generated.example"


@dataclass(frozen=True, slots=True)
class Customer:
    """One who writes: the plan of their organization and the language they write in."""

    email: str
    plan: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Town:
    """Everybody. `organizations` and `users` are seed entries; `reach` are running weights, as some write much more.

    `agents`, `engineers` and the keys of `languages` are e-mail addresses, `prospects` names of organizations.
    """

    organizations: list[Doc]
    users: list[Doc]
    customers: list[Customer]
    languages: dict[str, str]
    reach: list[float]
    agents: list[str]
    engineers: list[str]
    prospects: list[str]

    @classmethod
    def of(cls, chance: Random, tickets: int) -> "Town":
        """Return a town of the size that writes so many tickets."""
        organizations = [_organization(chance, number) for number in range(max(12, min(tickets // 40, 5_000)))]
        plans = [_plan_of(one) for one in organizations]
        languages = [pick(chance, _LANGUAGES) for _ in organizations]
        agents = [_staff(chance, f"agent{number}") for number in range(max(4, min(tickets // 2_500, 40)))]
        engineers = [
            _staff(chance, f"ce{number}", tag="customer_engineer") for number in range(max(2, len(agents) // 5))
        ]
        users, customers = [*agents, *engineers], []
        for number in range(max(20, min(tickets // 5, 40_000))):
            home = int(len(organizations) * chance.random() ** 2)
            is_stranger = chance.random() < 0.04
            name, language = _name(chance), "en" if is_stranger else languages[home]
            domain = "mail.example" if is_stranger else organizations[home]["domain_names"][0]
            user: Doc = {"name": name, "email": f"{_slug(name)}.{number}@{domain}", "locale": LOCALES[language]}
            user["created_ago"] = chance.randrange(*_YEARS)
            if not is_stranger:
                user["organization"] = organizations[home]["name"]
            users.append(user)
            customers.append(Customer(user["email"], None if is_stranger else plans[home], language))
        ours: Doc = {"name": "Generated Desk", "domain_names": [OURS], "organization_fields": _fields("internal", None)}
        ours["created_ago"] = _YEARS[1]
        for user in users[: len(agents) + len(engineers)]:
            user["organization"] = ours["name"]
        trials = [one["name"] for one, plan in zip(organizations, plans, strict=True) if plan == "trial"]
        return cls(
            [ours, *organizations], users, customers, {one.email: one.language for one in customers},
            list(accumulate(chance.paretovariate(1.2) for _ in customers)),
            [one["email"] for one in agents], [one["email"] for one in engineers],
            trials or [organizations[0]["name"]],
        )  # fmt: skip

    def customer(self, chance: Random) -> Customer:
        return chance.choices(self.customers, cum_weights=self.reach)[0]


def _organization(chance: Random, number: int) -> Doc:
    shape, trade = _SHAPES[number % len(_SHAPES)], _TRADES[number // len(_SHAPES) % len(_TRADES)]
    series = number // (len(_SHAPES) * len(_TRADES))
    name = f"{shape} {trade}{f' {series + 1}' if series else ''}"
    plan, deployment = pick(chance, _PLANS), pick(chance, (("cloud", 45), ("self_hosted", 45), (None, 10)))
    entry: Doc = {
        "name": name,
        "domain_names": [f"{_slug(name)}.example"],
        "organization_fields": _fields(plan, deployment),
        "created_ago": chance.randrange(*_YEARS),
    }
    if plan in {"enterprise", "team"} and chance.random() < 0.08:
        entry["organization_fields"]["zs_plan_ends"] = f"20{chance.randrange(22, 26)}-{chance.randrange(1, 13):02}-28"
    if chance.random() < 0.15:
        entry["tags"] = [chance.choice(("vip", "pilot", "reseller", "nordics", "renewal_q4"))]
    if chance.random() < 0.1:
        entry["external_id"] = f"crm-{number + 1}"
    return entry


def _fields(plan: str | None, deployment: str | None) -> Doc:
    chosen = {"zs_plan": plan, "zs_deployment": deployment}
    return {key: f"org_{key}_{value}" for key, value in chosen.items() if value}


def _plan_of(organization: Doc) -> str | None:
    plan: str | None = organization["organization_fields"].get("zs_plan")
    return plan and plan.removeprefix("org_zs_plan_")


def _staff(chance: Random, account: str, tag: str | None = None) -> Doc:
    user: Doc = {"name": _name(chance), "email": f"{account}@{OURS}", "role": "agent", "created_ago": _YEARS[1]}
    return {**user, "tags": [tag]} if tag else user


def _name(chance: Random) -> str:
    return f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def pick(chance: Random, weighted: tuple[tuple[T, int], ...]) -> T:
    """Return one of the values, each as often as its weight says."""
    return chance.choices([value for value, _ in weighted], [weight for _, weight in weighted])[0]
