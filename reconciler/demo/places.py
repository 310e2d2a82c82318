"""The four countries of the demo: their shop, people, streets, towns, pickup points and prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Town(NamedTuple):
    """A town as customers write it, as couriers write it, how its postcodes begin, and its region."""

    name: str
    other: str  # without diacritics, abbreviated, or in the other script
    postcode: str
    region: str


class Street(NamedTuple):
    """A street as customers write it, and as couriers do."""

    name: str
    other: str


@dataclass(frozen=True)
class Land:
    """One shop and its courier. Prices are minor units: goods are ``low`` to ``high`` major units, with one of ``endings``."""

    shop: str
    shop_name: str
    legal_name: str
    tax_number: str
    mail: str
    phone: str
    contact: str
    hours: str
    courier: str
    account: str
    country: str
    language: str
    zone: str
    currency: str
    people: tuple[tuple[str, str], ...]  # first names and the surnames that go with them
    streets: tuple[Street, ...]
    towns: tuple[Town, ...]
    mobile: str  # each # a digit
    low: int
    high: int
    endings: tuple[int, ...]
    shipping: tuple[int, ...]
    cod_fee: tuple[int, ...]


ROMANIA = Land(
    shop="magazin-demo", shop_name="Magazin Demo", legal_name="Magazin Demo SRL", tax_number="RO12345674",
    mail="comenzi@magazin-demo.example", phone="+40 31 000 0001", contact="Ioana Marinescu", hours="luni-vineri 09:00-18:00",
    courier="fan", account="fan-demo", country="RO", language="ro", zone="Europe/Bucharest", currency="RON",
    people=(("Andrei Mihai Ștefan Radu Vlad Elena Ioana Maria Ana Cristina Gabriela Ruxandra",
             "Popescu Ionescu Dumitrescu Stan Gheorghe Rusu Munteanu Matei Țîrlea Constantin Șerban Dobre"),),
    streets=(
        Street("Strada Mihai Eminescu", "Str. Mihai Eminescu"), Street("Bd. Ștefan cel Mare", "BULEVARDUL STEFAN CEL MARE"),
        Street("Calea Victoriei", "Cal. Victoriei"), Street("Strada Lalelelor", "STR LALELELOR"),
        Street("Aleea Trandafirilor", "Al. Trandafirilor"), Street("Strada Gării", "Str Garii"),
        Street("Șoseaua Pantelimon", "Sos. Pantelimon"), Street("Strada Nicolae Bălcescu", "Strada Nicolae Balcescu"),
    ),
    towns=(
        Town("București, Sector 3", "Bucuresti", "03", "București"), Town("Cluj-Napoca", "CLUJ NAPOCA", "40", "Cluj"),
        Town("Iași", "Mun. Iasi", "70", "Iași"), Town("Timișoara", "Timisoara", "30", "Timiș"),
        Town("Brașov", "BRASOV", "50", "Brașov"), Town("Constanța", "Constanta", "90", "Constanța"),
        Town("Ploiești", "Ploiesti", "10", "Prahova"), Town("Târgu Mureș", "Targu Mures", "54", "Mureș"),
    ),
    mobile="07########", low=39, high=899, endings=(90, 99, 50), shipping=(1999, 2450), cod_fee=(499, 600),
)  # fmt: skip

POLAND = Land(
    shop="sklep-demo", shop_name="Sklep Demo", legal_name="Sklep Demo sp. z o.o.", tax_number="5260001246",
    mail="zamowienia@sklep-demo.example", phone="+48 22 000 00 01", contact="Agnieszka Mazur", hours="pon.-pt. 8:00-17:00",
    courier="inpost", account="inpost-demo", country="PL", language="pl", zone="Europe/Warsaw", currency="PLN",
    people=(("Jan Piotr Paweł Krzysztof Łukasz Anna Katarzyna Małgorzata Agnieszka Zofia",
             "Nowak Wójcik Woźniak Mazur Krawczyk Kaczmarek Zając Król Wróbel Stępień"),),
    streets=(
        Street("ul. Piotrkowska", "Piotrkowska"), Street("ul. Święty Marcin", "SWIETY MARCIN"),
        Street("al. Jana Pawła II", "Aleja Jana Pawla II"), Street("ul. Grunwaldzka", "Ulica Grunwaldzka"),
        Street("os. Złotego Wieku", "Osiedle Zlotego Wieku"), Street("ul. Długa", "Dluga"),
        Street("ul. Żeromskiego", "Zeromskiego"),
    ),
    towns=(
        Town("Łódź", "LODZ", "90", "łódzkie"), Town("Kraków", "Krakow", "31", "małopolskie"),
        Town("Poznań", "Poznan", "61", "wielkopolskie"), Town("Wrocław", "WROCLAW", "50", "dolnośląskie"),
        Town("Gdańsk", "Gdansk", "80", "pomorskie"), Town("Warszawa", "Warszawa (Mokotów)", "02", "mazowieckie"),
        Town("Białystok", "Bialystok", "15", "podlaskie"),
    ),
    mobile="+485########", low=29, high=749, endings=(99, 0, 50), shipping=(1299, 1690), cod_fee=(350, 500),
)  # fmt: skip

UKRAINE = Land(
    shop="kramnytsia-demo", shop_name="Крамниця Демо", legal_name="ТОВ «Крамниця Демо»", tax_number="12345678",
    mail="zamovlennia@kramnytsia-demo.example", phone="+38 044 000 00 01", contact="Оксана Бондаренко", hours="пн-пт 9:00-18:00",
    courier="nova_poshta", account="nova-poshta-demo", country="UA", language="uk", zone="Europe/Kyiv", currency="UAH",
    people=(("Олександр Андрій Дмитро Тарас Олена Оксана Наталія Ірина Юлія Ганна",
             "Шевченко Бондаренко Ткаченко Кравченко Мельник Коваль Гончар Мороз Петренко Ющенко"),),
    streets=(
        Street("вул. Хрещатик", "Khreshchatyk"), Street("просп. Свободи", "Проспект Свободи"),
        Street("вул. Шевченка", "Вулиця Шевченка"), Street("вул. Січових Стрільців", "Січових Стрільців"),
    ),
    towns=(
        Town("Kyiv", "Київ", "01", "Київ"), Town("Lviv", "Львів", "79", "Львівська"), Town("Одеса", "м. Одеса", "65", "Одеська"),
        Town("Dnipro", "Дніпро", "49", "Дніпропетровська"), Town("Харків", "Kharkiv", "61", "Харківська"),
        Town("Vinnytsia", "Вінниця", "21", "Вінницька"), Town("Чернівці", "м. Чернівці", "58", "Чернівецька"),
    ),
    mobile="+38067#######", low=250, high=4200, endings=(0,), shipping=(7500, 9500), cod_fee=(2000, 2600),
)  # fmt: skip

CZECHIA = Land(
    shop="obchod-demo", shop_name="Obchod Demo", legal_name="Obchod Demo s.r.o.", tax_number="CZ12345679",
    mail="objednavky@obchod-demo.example", phone="+420 220 000 001", contact="Lenka Dvořáková", hours="po-pá 8:00-16:30",
    courier="packeta", account="packeta-demo", country="CZ", language="cs", zone="Europe/Prague", currency="CZK",
    people=(("Jan Petr Tomáš Jiří Ondřej", "Novák Svoboda Dvořák Černý Procházka Kučera Veselý"),
            ("Jana Eva Lenka Tereza Kateřina", "Nováková Svobodová Dvořáková Černá Procházková Kučerová Veselá")),
    streets=(
        Street("Lidická", "Lidicka"), Street("třída Míru", "Tr. Miru"), Street("nám. Republiky", "Náměstí Republiky"),
        Street("Nádražní", "NADRAZNI"), Street("Křížová", "Krizova"),
    ),
    towns=(
        Town("Praha 3", "Praha", "130", "Praha"), Town("Brno", "BRNO", "602", "Jihomoravský"),
        Town("Plzeň", "Plzen", "301", "Plzeňský"),
        Town("Ostrava", "Ostrava", "702", "Moravskoslezský"), Town("Liberec", "Liberec", "460", "Liberecký"),
        Town("České Budějovice", "Ceske Budejovice", "370", "Jihočeský"),
    ),
    mobile="+4207########", low=190, high=3900, endings=(0,), shipping=(7900, 9900), cod_fee=(3000, 3900),
)  # fmt: skip

# Packeta first: its COD stands in the orders file, and another shop's night would judge it before Packeta was asked.
LANDS = (CZECHIA, ROMANIA, POLAND, UKRAINE)
