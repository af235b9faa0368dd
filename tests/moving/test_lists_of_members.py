"""Members come in by lists of any kind: each line is new, known, or refused with a reason that a person can act on."""

import io
import json
import pickle
import zipfile
from datetime import UTC, datetime

import pytest
import xlsxwriter

from path import NOW, copies, letter
from talanoa.commandline import main
from talanoa.communities import actions as communities
from talanoa.communities.lookups import members, standing
from talanoa.communities.models import Membership
from talanoa.mail.models import Outgoing
from talanoa.moving import actions, columns, enrolling
from talanoa.moving.actions import Terms
from talanoa.moving.models import Line, MemberList
from talanoa.people.lookups import by_address
from talanoa.people.models import Person

pytestmark = pytest.mark.django_db
TEXTS = {
    "utf-16": "Prénom\tNom\tCourriel\tPays\nMélé\tTupou\tmele@old.example\tNouvelle-Calédonie\n",
    "cp1252": "Name;E-Mail;Land\nJürgen Größl;mele@old.example;Österreich\n",
    "cp1251": "Фамилия,Имя без фамилии,Адрес,Страна\nИванова,Ольга,mele@old.example,Россия\n",
    "cp1254": "Ad soyad|E-posta|Ülke\nGülşen Işık|mele@old.example|Türkiye\n",
    "cp1256": "الاسم,البريد,البلد\nفاطمة علي,mele@old.example,مصر\n",
    "cp874": "ชื่อ,อีเมล,ประเทศ\nสมชาย ใจดี,mele@old.example,ไทย\n",
    "gb18030": "姓名,邮箱,国家\n王小明,mele@old.example,泰国\n",
    "cp932": "氏名,メール,国\n山田 太郎,mele@old.example,日本\n",
    "cp949": "이름,이메일,나라\n김철수,mele@old.example,대한민국\n",
    "koi8-r": "ФИО;Электронная почта;Страна\nИванова Ольга;mele@old.example;Россия\n",
    "utf-16-be": "姓名,电子邮箱,国家\n王小明,mele@old.example,中国\n",
    "mac-roman": "Nombre,Correo,País\nJosé Ñandú,mele@old.example,Perú\n",
}
GROUPS_IO = (
    "Email,Display Name,User Status,Status,Joined,Email Delivery\n"
    'mele@old.example,Mele Tupou,Member,Confirmed,"Mar 14, 2006",Full Featured Daily Digest\n'
    "tui@old.example,Tui Lee,Owner,Bouncing,2005-01-02,Individual Messages\n"
    "ona@old.example,Ona,Member,Confirmed,2005-01-03,Plain Digest\n"
    "sami@old.example,Sami,Member,Confirmed,2005-01-03,Special Notices Only\n"
    "late@old.example,Late,Member,Not Confirmed,2007-01-03,Individual Messages\n"
)


@pytest.fixture
def bring(cast, tmp_path):
    """`bring(bytes or text)`: what became of a list that comes into mdg."""

    def bring_in(content, terms=None, *, columns="", verb=enrolling.bring_in, name="members.csv", into=None, **more):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        sheet = enrolling.open_sheet(file)
        if columns:
            sheet = enrolling.meant_by(sheet, columns)
        return verb(into or cast.mdg, sheet, terms or Terms(), **({"by": cast.ana, "at": NOW} | more if verb is enrolling.bring_in else {}))

    return bring_in


def of(cast, local) -> Membership:
    return cast.membership(by_address(f"{local}@old.example"), cast.mdg)


def whole(outcome) -> list[int]:
    told = outcome.account
    assert told["rows"] == told["new"] + told["known"] + told["refused"]
    return [told[name] for name in ("new", "known", "refused")]


@pytest.mark.parametrize("encoding", TEXTS)
def test_a_list_is_read_in_any_encoding_with_any_delimiter(bring, cast, encoding):
    text = TEXTS[encoding]
    assert whole(bring(text.encode(encoding))) == [1, 0, 0]
    person = of(cast, "mele").person
    assert all(part in text for part in person.name.split())
    assert len(person.name.split()) == (1 if encoding in ("gb18030", "cp949", "utf-16-be") else 2)
    assert len(person.country) == 2


@pytest.mark.parametrize(
    ("table", "meant"),
    [
        ("mele@old.example\ntui@old.example\n", ["address"]),
        ('"Tupou, Mele" <mele@old.example>;Tonga\n"Lee, Tui" <tui@old.example>;Fidji\n', ["address", "country"]),
        ("x,Mele Tupou,mele@old.example,14/3/2006\ny,Tui Lee,tui@old.example,15/3/2006\n", ["", "name", "address", "joined_at"]),
        ("Name,Address,E-mail\nMele,12 High St,mele@old.example\n", ["name", "", "address"]),
        ("Nom,Prénom,Mél.\nTupou,Mele,mele@old.example\n", ["last_name", "first_name", "address"]),
        ("Email,Role\nmele@old.example,Owner\ntui@old.example,Member\n", ["address", "community_role"]),
        ("Email,Role\nmele@old.example,Nurse\ntui@old.example,Clerk\n", ["address", "role"]),
        ("E-mail,mail,Unsere Nummer\nmele@old.example,tui@old.example,7\n", ["address", "", ""]),
        (GROUPS_IO, ["address", "name", "community_role", "status", "joined_at", "delivery"]),
        ("Members for group wells\nEmail address,Nickname,Group status\nmele@old.example,Mele,member\n", ["address", "name", "community_role"]),
        ("Our group,,\n\nNom,Prénom,Mél.\nTupou,Mele,mele@old.example\n", ["last_name", "first_name", "address"]),
        ("Wer,Wo\nMele T.,mele@old.example\n", ["name", "address"]),
        ("Group Email,Member Email\nwells@old.example,mele@old.example\nwells@old.example,tui@old.example\n", ["", "address"]),
        ("Email,Status\nmele@old.example,Owner\ntui@old.example,Bouncing\n", ["address", "community_role"]),
        ("sep=;\nName;Email\nMele;mele@old.example\n", ["name", "address"]),
    ],
)
def test_columns_are_guessed_by_their_headings_and_by_what_stands_in_them(tmp_path, table, meant):
    file = tmp_path / "x.csv"
    file.write_text(table)
    assert enrolling.open_sheet(file).meant == meant


PEOPLE = {
    "list_members -f": 'Mele Tupou <mele@old.example>\n"Lee, Tui" <tui@old.example>\nona@old.example\n',
    "behind": "mele@old.example (Mele Tupou)\ntui@old.example  Lee, Tui\nona@old.example\n".replace("Lee, Tui", "Tui Lee"),
    "LISTSERV": "*\n* Owner= x@old.example\nmele@OLD.EXAMPLE    Mele Tupou\ntui@old.example  Tui Lee\nona@old.example\n",
    "copied out of To": "Mele Tupou <mele@old.example>; Tui Lee <tui@old.example>;\n ona@old.example",
    "two addresses": "Name,E-mail\nMele Tupou,mele@old.example; m@old.example\nTui Lee,tui@old.example / t@old.example\nOna,ona@old.example\n",
    "copied from a page": "E-mail\n\u200bmailto:mele@old.example \n<tui @old.example>\nona@old.example.\n",
}


@pytest.mark.parametrize("table", PEOPLE.values(), ids=PEOPLE)
def test_nobody_is_lost_however_the_addresses_are_written(bring, table):
    """Not by a comma in a name, nor by a first line that was taken for a heading."""
    outcome = bring(table, name="members.txt")
    assert whole(outcome) == [3, 0, 0]
    those = [by_address(f"{local}@old.example") for local in ("mele", "tui", "ona")]
    assert all(those)
    if "Mele" in table:
        assert [those[0].name, those[1].name in ("Tui Lee", "Lee, Tui")] == ["Mele Tupou", True]
    assert [one.note.partition(" ")[0] for one in outcome.told] == (["“m@old.example”", "“t@old.example”"] if " / t@" in table else [])


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (["14/3/2006"], datetime(2006, 3, 14, tzinfo=UTC)),
        (["3/14/2006"], datetime(2006, 3, 14, tzinfo=UTC)),
        (["3/4/2006", "4/28/2006"], datetime(2006, 3, 4, tzinfo=UTC)),
        (["3/4/2006", "28/4/2006"], datetime(2006, 4, 3, tzinfo=UTC)),
        (["14 mars 2006"], datetime(2006, 3, 14, tzinfo=UTC)),
        (["Mar 14th, 2006 at 10:00"], datetime(2006, 3, 14, tzinfo=UTC)),
        (["2006年3月14日"], datetime(2006, 3, 14, tzinfo=UTC)),
        (["2006-03-14T10:30:00+00:00"], datetime(2006, 3, 14, 10, 30, tzinfo=UTC)),
        (["1142331000"], datetime(2006, 3, 14, 10, 10, tzinfo=UTC)),
        (["31/31/2006"], None),
        (["often"], None),
    ],
)
def test_dates_are_read_as_people_write_them(cells, first):
    assert columns.moment(cells[0], day_first=columns.day_first(cells)) == first


def test_roles_delivery_and_the_day_of_joining_are_kept(bring, cast):
    outcome = bring(GROUPS_IO)
    assert whole(outcome) == [4, 0, 1]
    assert [(one.number, "never confirmed" in one.note) for one in outcome.told] == [(6, True)]
    kept = {local: (of(cast, local).delivery, of(cast, local).html) for local in ("mele", "tui", "ona", "sami")}
    assert kept == {"mele": ("daily", True), "tui": ("each", True), "ona": ("daily", False), "sami": ("none", True)}
    assert of(cast, "mele").joined_at == datetime(2006, 3, 14, tzinfo=UTC)
    assert standing(of(cast, "tui").person, cast.mdg).facilitates
    assert not Outgoing.objects.exists()


def test_what_mailman_3_and_yahoo_tell_beside_the_delivery_is_kept(bring, cast):
    """Whoever had stopped the mail, or was moderated, stays so."""
    bring(
        "address,role,delivery_mode,delivery_status,moderation_action\nmele@old.example,member,regular,enabled,hold\n"
        "tui@old.example,member,mime_digests,by_user,accept\nona@old.example,owner,plaintext_digests,by_bounces,defer\n"
    )
    kept = [(of(cast, local).delivery, of(cast, local).moderated) for local in ("mele", "tui", "ona")]
    assert kept == [("each", True), ("none", False), ("none", False)]
    assert whole(bring("Email,Delivery,Status\nsami@old.example,No Email / Web Only,Bouncing\nlate@old.example,Individual Email,Owner\n")) == [2, 0, 0]
    assert [of(cast, local).delivery for local in ("sami", "late")] == ["none", "each"]
    assert [standing(of(cast, local).person, cast.mdg).facilitates for local in ("sami", "late", "ona")] == [False, True, True]


def test_what_google_groups_writes_of_its_members_is_kept(bring, cast):
    bring(
        "Members for group wells\nEmail address,Nickname,Group status,Email status,Email preference,Posting permissions,Join year,Join month,Join day,Time zone\n"
        "mele@old.example,Mele,owner,,digest,allowed,2006,3,14,Pacific/Apia\ntui@old.example,Tui,member,bouncing,no email,moderated,2005,11,20,UTC\nona@old.example\n"
    )
    kept = [(of(cast, local).delivery, of(cast, local).moderated, of(cast, local).joined_at.date().isoformat()) for local in ("mele", "tui")]
    assert kept == [("daily", False, "2006-03-14"), ("none", True, "2005-11-20")]
    assert of(cast, "ona").delivery == "each"
    assert standing(of(cast, "mele").person, cast.mdg).facilitates


def workbook(**sheets) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"default_date_format": "dd/mm/yyyy"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return file.getvalue()


def test_a_workbook_may_have_titles_dates_and_a_sheet_for_each_country(bring, cast):
    head = ["Name", "E-mail", "Joined"]
    people = {land: [[name, f"{name}{land}@old.example".lower(), datetime(2006, 3, 14)] for name in ("Mele", "Tui", "Ona")] for land in "TS"}
    book = workbook(Tonga=[["Our members"], [], head, *people["T"]], Samoa=[[*head[:2], "JOINED"], *people["S"]], About=[["Ask sami@old.example"]])
    assert whole(bring(book, name="members.xlsx")) == [6, 0, 0]
    assert {of(cast, f"ona{land}").joined_at for land in "ts"} == {datetime(2006, 3, 14, tzinfo=UTC)}
    other = workbook(Tonga=[head, *people["T"]], Samoa=[["E-mail", "Name"], *[row[1::-1] for row in people["S"]]])
    with pytest.raises(enrolling.Unusable, match=r"Tonga and Samoa of x\.xlsx both hold addresses"):
        bring(other, name="x.xlsx")


def test_the_list_in_the_zip_of_an_export_comes_in(bring, cast, tmp_path, capsys):
    """Of ours, and as Takeout and Groups.io have it, among other tables."""
    file = tmp_path / "mdg.zip"
    assert main(["archive", "export", "mdg", "--format", "zip", "--to", str(file)]) == 0
    assert main(["members", "import", "other", str(file)]) == 0
    assert set(members(cast.mdg).values_list("person", flat=True)) <= set(members(cast.other).values_list("person", flat=True))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("Takeout/Groups/wells@old.example/info.csv", "Group,wells@old.example\n")
        made.writestr("Takeout/Groups/wells@old.example/members.csv", "member name,email,role\nMele,mele@old.example,MEMBER\nTui,tui@old.example,OWNER\n")
    assert whole(bring(packed.getvalue(), name="takeout.zip")) == [2, 0, 0]
    capsys.readouterr()


@pytest.mark.parametrize("content", ["<html><table><tr><td>mele@old.example", "%PDF-1.4", '[{"email": "mele@old.example"}]', "BEGIN:VCARD\n"])
def test_what_is_no_table_is_refused_with_a_sentence(bring, content):
    with pytest.raises(enrolling.Unusable, match="is no table; open it in a program for spreadsheets"):
        bring(content, name="members.xls")


def test_a_spreadsheet_and_the_members_of_mailman_come_in(bring, cast):
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    book.add_worksheet("Read me").write(0, 0, "This workbook has our members on its second page.")
    sheet = book.add_worksheet("Members")
    for number, row in enumerate([["Name", "E-mail", "Country", "Joined"], ["Mele", "mele@old.example", "Tonga", "2006-03-14"]]):
        sheet.write_row(number, 0, row)
    book.close()
    assert whole(bring(file.getvalue(), name="members.xlsx")) == [1, 0, 0]
    assert of(cast, "mele").person.country == "TO"
    mailman = {"real_name": "Wells", "members": {"tui@old.example": 0}, "digest_members": {"ona@old.example": 0}, "user_options": {}, "owner": ["tui@old.example"]}
    assert whole(bring(pickle.dumps(mailman, 2), name="config.pck")) == [2, 0, 0]
    assert [of(cast, "tui").delivery, of(cast, "ona").delivery] == ["each", "daily"]
    assert standing(of(cast, "tui").person, cast.mdg).facilitates
    printed = "Non-digest (regular) members:\n    sami@old.example\nDigest members:\n    late@old.example\n"
    assert whole(bring(printed, name="members.txt")) == [2, 0, 0]
    assert of(cast, "late").delivery == "daily"


def test_each_line_that_is_refused_says_why_and_the_others_come_in(bring, cast):
    communities.leave(cast.mdg, cast.noa, at=NOW)
    outcome = bring(
        "address,name,country,consent,delivery\nmele@old.example,Mele,Atlantis,,hourly\nnonsense,X,,,\nbram@people.example,Bram,,,\n"
        "noa@people.example,Noa,,,\ntui@old.example,Tui,,no,\nMELE@old.example,Again,,,\nben@people.example,Other Name,,,\n,Nobody,,,\n"
    )
    assert whole(outcome) == [1, 2, 5]
    told = {one.number: one.note for one in outcome.told}
    assert set(told) == {2, 3, 4, 5, 6, 9}
    assert "Atlantis" in told[2]
    assert "hourly" in told[2]
    assert "banned" in told[4]
    assert "left the community on 2026-03-02" in told[5]  # G4: no list brings back who has left
    assert "does not agree" in told[6]
    assert cast.ben.name == "Ben Okafor"
    assert members(cast.mdg).filter(person__in=[cast.noa, cast.bram]).count() == 0
    assert Line.objects.get(number=3).said == "nonsense | X"


def test_the_same_again_changes_nothing_and_a_rehearsal_tells_the_same(bring):
    assert bring(GROUPS_IO, verb=enrolling.rehearse) == bring(GROUPS_IO, verb=enrolling.rehearse)
    assert not MemberList.objects.exists()
    rehearsed = bring(GROUPS_IO, verb=enrolling.rehearse)
    done = bring(GROUPS_IO)
    assert (rehearsed.account, rehearsed.told) == (done.account, done.told)
    before = [list(model.objects.order_by("pk").values()) for model in (Person, Membership)]
    assert whole(bring(GROUPS_IO, at=NOW.replace(hour=20))) == [0, 4, 1]
    assert [list(model.objects.order_by("pk").values()) for model in (Person, Membership)] == before


def test_a_list_that_was_broken_off_goes_on_where_it_stopped(bring, monkeypatch):
    """E24: as if nothing had happened."""
    class Killed(BaseException):
        pass

    def fail(count, of):
        if count == 3:
            raise Killed

    with pytest.raises(Killed):
        bring(GROUPS_IO, tell=fail)
    assert Line.objects.count() == 3
    verb, tried = actions.enrol, []
    monkeypatch.setattr(actions, "enrol", lambda *args, **more: tried.append(1) or verb(*args, **more))
    assert whole(bring(GROUPS_IO)) == [4, 0, 1]
    assert len(tried) == 2
    assert MemberList.objects.get().lines.count() == 5


def test_consent_comes_with_its_evidence_and_a_bare_yes_is_none(bring, cast):
    """G3: wording, time, source and who wrote it down are facts of the membership."""
    bring(
        "address,name,consent,consent date,consent source,joined\n"
        "mele@old.example,Mele,I agree to get the group's mail,2019-05-06,form on old.example,\n"
        "tui@old.example,Tui,yes,,,\n"
        "ona@old.example,Ona,,,,2005-02-03\n"
    )
    given = of(cast, "mele").consent
    assert (given.wording, given.given_at, given.source, given.noted_by) == (
        "I agree to get the group's mail", datetime(2019, 5, 6, tzinfo=UTC), "form on old.example", cast.ana,
    )
    assert of(cast, "tui").consent is None
    assert of(cast, "ona").consent is None
    agreed = Terms("They joined the old list by answering its letter.", None, "old.example")
    bring("address,joined\nona@old.example,2005-02-03\ntui@old.example,\n", agreed)
    assert of(cast, "ona").consent.given_at == datetime(2005, 2, 3, tzinfo=UTC)
    assert of(cast, "tui").consent is None  # nobody says when


def test_nothing_goes_to_many_without_evidence_where_they_are_asked_first(bring, cast, walk):
    """G3: also not from the community above, and from the moment of agreement on everything."""
    text = "address,name,delivery\nmele@old.example,Mele,each\ntui@old.example,Tui,daily\n"
    outcome = bring(text, Terms(ask_first=True), into=cast.core)
    assert outcome.account["without_evidence"] == 2
    walk(letter("Ben <ben@people.example>"))
    assert not {"mele@old.example", "tui@old.example"} & {one.address for one in copies()}
    mele, tui = (cast.membership(by_address(f"{local}@old.example"), cast.core) for local in ("mele", "tui"))
    for one in (mele, tui):
        communities.agree(one, wording="Yes", source="by phone", given_at=NOW, at=NOW)
    assert tui.digest_due_at
    walk(letter("Ben <ben@people.example>", subject="Second"))
    assert [one.address for one in copies()].count("mele@old.example") == 1
    assert of(cast, "tui").delivery == "each"  # above, as nobody chose otherwise


def test_the_command_gives_the_account_and_what_goes_out_comes_in_again(cast, tmp_path, capsys):
    file = tmp_path / "members.csv"
    file.write_text("E-mail;Full name;Land;Since\nmele@old.example;=Mele;Samoa;2005-02-03\nnonsense;;;\n")
    assert main(["members", "import", "mdg", str(file), "--dry-run", "--json"]) == 1
    rehearsed = json.loads(capsys.readouterr().out)
    assert main(["members", "import", "mdg", str(file), "--json", "--agreed", "To be a member.", "--ask-first"]) == 1
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert (told["rows"], told["new"], told["known"], told["refused"], told["mails"]) == (2, 1, 0, 1, 0)
    assert told["columns"] == rehearsed["columns"] == {"E-mail": "address", "Full name": "name", "Land": "country", "Since": "joined_at"}
    assert "line 3: " in err
    assert main(["members", "export", "mdg"]) == 0
    given = capsys.readouterr().out
    assert "mele@old.example,'=Mele,member,,,WS" in given
    (tmp_path / "given.csv").write_text(given)
    assert main(["members", "import", "other", str(tmp_path / "given.csv")]) == 0
    capsys.readouterr()
    assert main(["members", "export", "other"]) == 0
    again = capsys.readouterr().out.splitlines()
    assert set(given.splitlines()) <= set(again)  # Farid was there before
    assert main(["members", "import", "mdg", str(file), "--columns", "name,address"]) == 1
    assert "is no" in capsys.readouterr().err
    assert main(["members", "import", "mdg", str(file), "--columns", "Land=planet"]) == 1
    assert "cannot mean “planet”" in capsys.readouterr().err
