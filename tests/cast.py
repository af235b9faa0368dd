"""The cast: who plays in the tests, and in which communities.

mdg      members only       Ana facilitates; Ben and Chandra are members; Noa is new
health   public             Ana facilitates; Ben is a member
core     hidden, below mdg  Ana facilitates; Chandra is in the core group
other    members only       Farid facilitates; nobody of mdg is in it
Olga belongs to nothing. Sefa is of the secretariat of mdg. Xenia left mdg; Bram was banned from it.
"""

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

from talanoa.communities import actions as communities
from talanoa.communities.models import Community, Membership
from talanoa.people import actions as people
from talanoa.people.models import Person

FOUNDED = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
DOMAIN = "lists.example.org"


@dataclass
class Cast:
    mdg: Community
    health: Community
    core: Community
    other: Community
    ana: Person  # facilitator of mdg, health and core
    ben: Person  # member who has posted
    chandra: Person  # member, in the core group
    noa: Person  # newcomer: a member whose first posts are held
    sefa: Person  # secretariat
    xenia: Person  # left
    bram: Person  # banned
    farid: Person  # facilitator of another community
    olga: Person  # has an account and no community
    opal: Person  # runs the site

    def people(self):
        return [getattr(self, field.name) for field in fields(self) if field.type in (Person, "Person")]

    def membership(self, person, community) -> Membership:
        return Membership.objects.get(person=person, community=community, left_at=None)


def address(name: str) -> str:
    return f"{name}@people.example"


def gather(at: datetime = FOUNDED) -> Cast:
    """Bring everybody together, through the verbs."""
    mdg = communities.found("mdg", name="MDG Pacific", address=f"mdg@{DOMAIN}", at=at, first_posts_held=0)
    health = communities.found(
        "health", name="Island Health", address=f"health@{DOMAIN}", at=at, visibility="public", first_posts_held=0
    )
    core = communities.found("core", name="Core Group", address=f"core@{DOMAIN}", at=at, parent=mdg, visibility="hidden", first_posts_held=0)
    other = communities.found("other", name="Other Matters", address=f"other@{DOMAIN}", at=at, first_posts_held=0)

    def person(name: str, **profile: str) -> Person:
        return people.introduce(address(name.lower()), at=at, name=f"{name} {profile.pop('last')}", **profile)

    cast = Cast(
        mdg=mdg,
        health=health,
        core=core,
        other=other,
        ana=person("Ana", last="Tuimavave", role="Network facilitator", organisation="Regional Commission", country="WS"),
        ben=person("Ben", last="Okafor", role="Statistician", organisation="Bureau of Statistics", country="PG", interests="registers"),
        chandra=person("Chandra", last="Gurung", role="Researcher", organisation="Hill University", country="NP"),
        noa=person("Noa", last="Faleolo", country="TO"),
        sefa=person("Sefa", last="Lin", country="TH"),
        xenia=person("Xenia", last="Cruz", country="PH"),
        bram=person("Bram", last="Vos"),
        farid=person("Farid", last="Aziz", country="BD"),
        olga=person("Olga", last="Petrova"),
        opal=person("Opal", last="Singh"),
    )
    for community in (mdg, health, core):
        communities.join(community, cast.ana, at=at)
        communities.appoint(community, cast.ana, "facilitator", at=at)
    for member in (cast.ben, cast.chandra, cast.noa, cast.xenia, cast.bram):
        communities.join(mdg, member, at=at)
    communities.join(health, cast.ben, at=at)
    communities.join(core, cast.chandra, at=at)
    communities.appoint(mdg, cast.chandra, "core", at=at)
    communities.appoint(mdg, cast.sefa, "secretariat", at=at)
    communities.join(other, cast.farid, at=at)
    communities.appoint(other, cast.farid, "facilitator", at=at)
    communities.leave(mdg, cast.xenia, at=at + timedelta(days=1))
    communities.ban(cast.membership(cast.bram, mdg), at=at + timedelta(days=1))
    people.make_operator(cast.opal)
    return cast
