"""A Consolidated Reply for the browser: asked, answered by three, issued, and its asker asked about it."""

from datetime import datetime, timedelta

from path import NOW, Path, letter
from talanoa.mail.reading import parsing
from talanoa.people import actions as people
from talanoa.queries import actions as queries
from talanoa.replies import actions as replies
from talanoa.replies.models import FollowUp

ANSWERS = {
    "chandra": "We hold evening classes in the water queue. Two hours at the tap became two hours of class.\n\n- bring the class to the girl\n- pay the teacher",
    "noa": "Lessons on the day mothers sell; the ferry brings the teacher.\n\nSee https://market.example.org/school",
    "ana": "شكراً على السؤال. ندفع المنحة للفتاة نفسها لا لأسرتها.",
}


def publish(cast, *, at: datetime) -> dict[str, str]:
    """Paths of its pages."""
    raw = letter("Ben Okafor <ben@people.example>", subject="Reaching girls who left school early", text="How do you reach girls who left school early?")
    query = queries.ask(parsing.read(raw), community=cast.mdg, asker=cast.ben, received=None, at=NOW)
    queries.word(query, title=query.title, text=query.text, context="A strategy is being written.", types=["experiences", "advice"], by=cast.ana, at=NOW)
    queries.circulate(query, by=cast.ana, at=NOW, why="by telephone")
    walk, links = Path(), {}
    for name, text in ANSWERS.items():
        person, at_hour = getattr(cast, name), NOW + timedelta(hours=len(links) + 1)
        if name == "noa":  # whose first posts are held
            post = queries.enter(query, person, text=text, channel="phone", by=cast.ana, at=at_hour)
        else:
            answer = letter(f"{person.name} <{name}@people.example>", subject=f"Re: {query.post.subject}", text=text, In_Reply_To=query.post.message_id)
            post = walk(answer, at=at_hour).post
        links[name] = f'<a href="/c/mdg/m/{post.key}">{person.name}</a>'
    reply = replies.begin(query, by=cast.ana, at=NOW)
    texts = {
        "summary": f"<p>The second chance has to come to the girl and not the girl to the class ({links['chandra']}, {links['noa']}). Members differ on "
        f"whether stipends should be paid to her or to her household. {links['ana']}</p><ul><li><strong>Bring the class</strong> to her {links['noa']}</li></ul>",
        "experiences": f"<h3>Nepal</h3><h4>Evening classes in the water queue</h4><p>Of 140 girls, 96 sat the grade 8 examination. {links['chandra']}</p>"
        f"<h3>Tonga</h3><h4>The market-day school</h4><p>Attendance held through the cyclone season. {links['noa']}</p>",
        "documentation": f'<ul><li><strong>What worked in twelve districts</strong>, <a href="https://example.org/w.pdf">PDF</a> {links["noa"]}</li>'
        '<li>Gender and education toolkit <a href="#found">found</a></li></ul>',
    }
    for key, html in texts.items():
        replies.save(reply.sections.get(key=key), html, based_on="", by=cast.ana, at=NOW)
    queries.keep_customs(cast.mdg, by=cast.ana, at=NOW, licence="CC BY 4.0", disclaimer="What members say is theirs.")
    replies.issue(reply, expects=1, by=cast.ana, at=NOW + timedelta(days=12))
    replies.issue(reply, expects=2, by=cast.ana, at=NOW + timedelta(days=13))
    asked = {one.kind: one.pk for one in FollowUp.objects.filter(query=query)}
    token = {kind: people.issue("follow up", "ben@people.example", at=at, about=pk) for kind, pk in asked.items()}
    return {
        "reply": f"/c/mdg/replies/{query.number}",
        "older reply": f"/c/mdg/replies/{query.number}/v1",
        "issue": f"/queries/{query.pk}/reply/issue",
        "helped": f"/follow-up/{token['helped']}/4",
        "story": f"/follow-up/{token['story']}",
    }
