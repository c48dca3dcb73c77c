"""An invented roster: no doctor of doctors.csv exists; the hospitals do."""

import csv
import re
from pathlib import Path
from random import Random

from places import OTHER_FIELDS, Site, folded

# Family names with their rough share of the population, in per cent.
FAMILIES = {
    "Nguyễn": 32, "Trần": 11, "Lê": 10, "Phạm": 7, "Hoàng": 4, "Huỳnh": 2, "Vũ": 3, "Võ": 2, "Phan": 5,
    "Trương": 2, "Bùi": 2, "Đặng": 2, "Đỗ": 2, "Ngô": 1, "Hồ": 1, "Dương": 1, "Đinh": 1, "Lý": 1,
}
# Family names common among those who also speak another language of the country.
ETHNIC_FAMILIES = {
    "hmn": ["Giàng", "Vàng", "Sùng", "Thào", "Lầu", "Mùa"],
    "tyz": ["Nông", "Hoàng", "Lương", "Bế", "Ma", "Triệu"],
    "blt": ["Lò", "Cà", "Quàng", "Tòng", "Lường", "Vi"],
    "km": ["Thạch", "Sơn", "Kim", "Danh", "Lâm", "Châu"],
}
MALE = (["Văn", "Đức", "Minh", "Quang", "Hữu", "Công", "Xuân", "Thanh", "Quốc", "Ngọc"],
        ["An", "Bình", "Cường", "Dũng", "Hải", "Hiếu", "Hùng", "Khánh", "Long", "Nam", "Phong",
         "Quân", "Sơn", "Thắng", "Trung", "Tuấn", "Việt", "Vinh", "Đạt", "Khoa"])
FEMALE = (["Thị", "Thanh", "Ngọc", "Thu", "Minh", "Bích", "Kim", "Phương", "Hồng", "Thùy"],
          ["Anh", "Chi", "Dung", "Hà", "Hạnh", "Hiền", "Hoa", "Hương", "Lan", "Linh", "Mai",
           "Nga", "Ngân", "Oanh", "Quỳnh", "Thảo", "Trang", "Tuyết", "Vân", "Yến"])
EDE_GIVEN = ["Bliu", "Dhăm", "Khăm", "Nham", "Wăn", "Brê", "Ngơn", "Lim"]
EDE_CLANS = ["Niê", "Mlô", "Êban", "Kbuôr", "Ayŭn", "Byă"]

# Where the languages are spoken, with the share of doctors of the province who speak one.
SPOKEN = {
    "hmn": {"12": .3, "11": .3, "15": .25, "08": .25, "14": .2, "04": .15, "38": .05, "40": .05},
    "tyz": {"04": .4, "20": .4, "19": .25, "08": .25, "15": .1},
    "blt": {"14": .4, "11": .35, "12": .3, "40": .1, "38": .08, "15": .05},
    "km": {"86": .3, "92": .2, "91": .2, "96": .1},
    "rad": {"66": .3, "68": .05},
}

# A general hospital's mix, in per cent: what remote consults are asked for most. General medicine
# leads in the demand figures (30 % in Gujarat); neurology, endocrinology and cardiology lead among
# super-specialties (Ladakh); emergency and intensive care carry what alarms ask for.
GENERAL_MIX = {
    "internalMedicine": 21, "emergency": 17, "paediatrics": 10, "cardiology": 10, "obstetrics": 8,
    "respiratory": 7, "neurology": 7, "imaging": 6, "infectiousDisease": 5, "endocrinology": 5,
    "dermatology": 2, "oncology": 1, "psychiatry": 1,
}
# What a specialised hospital's name says about its doctors.
BY_NAME = [
    (r"san nhi", ["obstetrics", "paediatrics"]), (r"\bnhi\b|tre em", ["paediatrics"]),
    (r"\bsan\b|tu du|hung vuong|phu nu", ["obstetrics"]), (r"phoi|lao va|ngoc thach|\b7[14]\b", ["respiratory"]),
    (r"da lieu|phong", ["dermatology"]), (r"tam than", ["psychiatry"]), (r"noi tiet", ["endocrinology"]),
    (r"ung buou|benh vien k$|huyet hoc", ["oncology"]), (r"nhiet doi", ["infectiousDisease"]), (r"\btim\b", ["cardiology"]),
    (r"lao khoa", ["internalMedicine", "neurology", "cardiology"]),
]
# What else a doctor of a specialty may be asked.
SECOND = {
    "emergency": ["internalMedicine", "cardiology", "respiratory"], "cardiology": ["internalMedicine", "emergency"],
    "respiratory": ["internalMedicine", "infectiousDisease"], "infectiousDisease": ["internalMedicine"],
    "endocrinology": ["internalMedicine"], "neurology": ["internalMedicine"], "paediatrics": ["emergency"],
    "internalMedicine": ["endocrinology", "cardiology"], "obstetrics": [], "imaging": [], "dermatology": [],
    "oncology": ["internalMedicine"], "psychiatry": ["neurology"],
}


def make_doctors(sites: list[Site], random: Random) -> list[dict[str, str]]:
    """The roster: each hospital's doctors, its specialties staffed in turn."""
    doctors: list[dict[str, str]] = []
    for site in sites:
        if site.tier == "commune":
            continue
        specialties = by_name(site)
        if specialties is None:
            continue
        for specialty in staff(site, specialties, random):
            doctors.append(doctor(len(doctors) + 1, site, specialty, random))
    return doctors


def by_name(site: Site) -> list[str] | None:
    """The specialties of a specialised hospital, [] for a general one, None when it has none of ours."""
    if site.is_general or site.tier == "regional":
        return []
    for pattern, specialties in BY_NAME:
        if re.search(pattern, folded(site.name)):
            return specialties
    return None if OTHER_FIELDS.search(site.name) else []


def staff(site: Site, specialties: list[str], random: Random) -> list[str]:
    """The specialties of the hospital's doctors, one entry a doctor."""
    if specialties:
        count = random.randint(7, 10) if site.tier == "central" else random.randint(2, 4)
        return [specialties[i % len(specialties)] for i in range(count)]
    names, weights = list(GENERAL_MIX), list(GENERAL_MIX.values())
    match site.tier:
        case "central":
            # Every specialty, and emergency medicine round the clock.
            return names + ["emergency"] * 4 + random.choices(names, weights, k=random.randint(10, 16))
        case "provincial":
            return ["emergency", "emergency", "internalMedicine"] + random.choices(names, weights, k=random.randint(5, 8))
        case _:
            return [random.choice(["emergency", "internalMedicine"])] + random.choices(names, weights, k=random.randint(0, 2))


def doctor(number: int, site: Site, specialty: str, random: Random) -> dict[str, str]:
    languages = ["vi"]
    for language, provinces in SPOKEN.items():
        if random.random() < provinces.get(site.province, 0):
            languages.append(language)
    ethnic = languages[1] if len(languages) > 1 and random.random() < .7 else None
    if random.random() < {"central": .5, "provincial": .2}.get(site.tier, .03):
        languages.append("en")
    more = SECOND[specialty]
    specialties = [specialty] + ([random.choice(more)] if more and random.random() < .35 else [])
    return {
        "id": f"bs-{number:05d}",
        "name": name(ethnic, random),
        "hospital": site.id,
        "specialties": ";".join(specialties),
        "languages": ";".join(languages),
        "licensedProvinces": site.province if site.tier == "regional" else "",
        "weekly": ";".join(weekly(specialty, random)),
        "onCall": "",
        "bufferMinutes": str(random.choice([5, 5, 5, 10])),
    }


def name(ethnic: str | None, random: Random) -> str:
    middles, givens = random.choice([MALE, FEMALE])
    if ethnic == "rad":
        return f"BS. {'Y' if middles is MALE[0] else 'H’'} {random.choice(EDE_GIVEN)} {random.choice(EDE_CLANS)}"
    if ethnic:
        family = random.choice(ETHNIC_FAMILIES[ethnic])
    else:
        family = random.choices(list(FAMILIES), list(FAMILIES.values()))[0]
    return f"BS. {family} {random.choice(middles)} {random.choice(givens)}"


def weekly(specialty: str, random: Random) -> list[str]:
    """Hours in which the doctor can be booked: office hours, or shifts for emergency medicine."""
    if specialty == "emergency":
        shift = random.choice(["07:00-15:00", "13:00-21:00", "15:00-23:00"])
        return [f"{day} {shift}" for day in sorted(random.sample(range(1, 8), 5))]
    days = sorted(random.sample(range(1, 6), random.randint(3, 5)))
    windows = []
    for day in days:
        part = random.choice(["both", "both", "morning", "afternoon"])
        if part != "afternoon":
            windows.append(f"{day} 07:30-11:30")
        if part != "morning":
            windows.append(f"{day} 13:30-16:30")
    if random.random() < .15:
        windows.append("6 07:30-11:30")
    return windows


def write_doctors(path: Path, doctors: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(doctors[0]), lineterminator="\n")
        out.writeheader()
        out.writerows(doctors)
