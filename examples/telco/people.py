# ruff: noqa: INP001  (a script beside its data, not a package)
"""Names, streets and texts as they stand in a front office: from everywhere, and untidy."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple, TypeVar

_Choice = TypeVar("_Choice")


def number(below: int, *what: object) -> int:
    """Return a number that depends on nothing but `what`: the same on every machine and Python."""
    digest = blake2b("|".join(map(str, what)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % below


def choice(options: tuple[_Choice, ...], *what: object) -> _Choice:
    """Return one of the options, always the same for the same `what`."""
    return options[number(len(options), *what)]


class Market(NamedTuple):
    """Where an account is, and what things are called there."""

    country: str
    currency: str
    locale: str
    prefix: str
    cities: tuple[tuple[str, str, str], ...]  # city, state, postal code
    streets: tuple[str, ...]
    limits: tuple[str, ...]


MARKETS = (
    Market(
        "DE", "EUR", "de-DE", "+49",
        (("München", "Bayern", "80331"), ("Köln", "", "50667"), ("Görlitz", "Sachsen", "02826")),
        ("Königsallee", "Straße des 17. Juni", "Äußere Brucker Straße", "Platz der Republik"),
        ("500.00", "1250.5", "10000", ""),
    ),
    Market(
        "FR", "EUR", "fr-FR", "+33",
        (("Saint-Étienne", "", "42000"), ("L'Haÿ-les-Roses", "", "94240"), ("Paris", "", "75011")),
        ("Rue de l'Abbé-Grégoire", "Boulevard Beaumarchais", "Allée des Cèdres"),
        ("300.00", "99.99", ""),
    ),
    Market(
        "IE", "EUR", "en-IE", "+353",
        (("Dún Laoghaire", "Co. Dublin", "A96 X2Y7"), ("Cork", "Co. Cork", "T12 AB34")),
        ("O'Connell Street", "St. Stephen's Green", "Main Street, Rear"),
        ("750.00", "20000.00", ""),
    ),
    Market(
        "JP", "JPY", "ja-JP", "+81",
        (("東京都千代田区", "東京都", "100-0001"), ("大阪市北区", "大阪府", "530-0001")),
        ("丸の内一丁目", "梅田 3-1"),
        ("50000", "1200000", ""),
    ),
    Market(
        "KW", "KWD", "ar-KW", "+965",
        (("مدينة الكويت", "العاصمة", "13001"), ("السالمية", "حولي", "20001")),
        ("شارع فهد السالم", "شارع الخليج العربي"),
        ("150.000", "1000.250", "75.5", ""),
    ),
)  # fmt: skip

FIRST = (
    "Jürgen", "Zoë", "Siobhán", "François", "Łukasz", "İpek", "Ngọc", "Renée", "Anna-Lena", "José María",
    "小明", "美咲", "محمد", "فاطمة", "Олена", "Δημήτρης", "D'Angelo", "Bjørn", "Þóra", "Ana",
)  # fmt: skip
LAST = (
    "Müller-Lüdenscheidt", "O'Brien", "d'Estaing", "Nguyễn", "Ångström", "Çelik", "Dvořák", "García Márquez",
    "王", "佐藤", "الصباح", "بن علي", "Шевченко", "Παπαδόπουλος", "Smith", "Smith", "Ó Súilleabháin", "Ñáñez",
    'van der "Graaf"', "Nuñez & Söhne",
)  # fmt: skip
COMPANIES = (
    "Café Größenwahn GmbH & Co. KG", 'Smith, Jones & "Partners" Ltd', "<b>Bold</b> Media SARL",
    "L'Épicerie d'Élise", "東京電気株式会社", "北京华为贸易有限公司", "شركة الاتصالات المتحدة",
    "Łódź Logistics", "I.Z.I. 'Tele' S.p.A.",
    "Rock & Roll 🎸 Bar", "100% Natural; Inc.", 'Toms "Fish & Chips"', "A > B < C Consulting",
    "Δelta Systems", "Großhandel Ærø ApS", "🚀 Startup 👩🏽‍🚀 Labs", "=SUM(Telecom) Oy",
)  # fmt: skip
DESCRIPTIONS = (
    "", "", "", "", "Calls before 9:00\nand after 17:00 only", 'says "the line is dead" & hangs up',
    "Kundin seit 1998; zahlt pünktlich", "客户要求中文账单", "العميل يفضل المراسلة بالعربية", "VIP 👑",
    "Tür 3.Stock\r\nKlingel defekt", "<script>alert('x')</script>", "see ticket 4711/22, phone 0800 123456",
    "path C:\\temp\\new | 50% off", "-", "n/a",
)  # fmt: skip
JOBS = ("", "", "Geschäftsführer/in", "CTO", "Chef d'équipe", "経理部長", "مدير", "Hausmeister, Gärtner")
SALUTATIONS = ("", "Ms", "Mr", "Dr.", "Frau Prof. Dr.", "M.", "様")
HOUSES = ("1", "12a", "7-9", "٣", "１２")  # noqa: RUF001  (as written in Arabic and in full width)
