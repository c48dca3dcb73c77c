"""Telehealth sites from the facts of the data folder: facilities of OpenStreetMap, communes of the state."""

import csv
import json
import math
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

SITE_COUNT = 1500

# GSO code, id prefix. The prefixes follow the usual abbreviations, a letter longer where two meet.
PREFIX = {
    "01": "hn", "04": "cb", "08": "tq", "11": "db", "12": "lc", "14": "sl", "15": "lca",
    "19": "tn", "20": "ls", "22": "qni", "24": "bn", "25": "pt", "31": "hp", "33": "hy",
    "37": "nb", "38": "th", "40": "na", "42": "ht", "44": "qt", "46": "hue", "48": "dn",
    "51": "qng", "52": "gl", "56": "kh", "66": "dl", "68": "ld", "75": "dna", "79": "hcm",
    "80": "tni", "82": "dt", "86": "vl", "91": "ag", "92": "ct", "96": "cm",
}

# Hospitals of the Ministry and of the universities that the tier guess of the source misses.
CENTRAL_BY_NAME = {
    ("01", "Bệnh viện Hữu Nghị"),
    ("44", "Bệnh viện Hữu nghị Việt Nam - Cuba Đồng Hới"),
    ("48", "Bệnh viện C Đà Nẵng"),
    ("79", "Bệnh viện Đại học Y Dược Thành phố Hồ Chí Minh"),
}

# General hospitals of the highest level: what a chain ends in. The others are specialised.
GENERAL_CENTRAL = {
    "Bệnh viện Bạch Mai", "Bệnh viện Hữu nghị Việt Đức", "Bệnh viện E",
    "Bệnh viện Đa khoa Trung ương Thái Nguyên", "Bệnh viện Trung ương Huế",
    "Bệnh viện Hữu nghị Việt Nam - Cuba Đồng Hới", "Bệnh viện C Đà Nẵng",
    "Bệnh viện Đa khoa Trung ương Quảng Nam", "Bệnh viện Chợ Rẫy", "Bệnh viện Thống Nhất",
    "Bệnh viện Đa khoa Trung ương Cần Thơ",
}

# City and provincial hospitals that do not carry their province's name.
PROVINCIAL_BY_NAME = {
    "01": ["Bệnh viện Thanh Nhàn", "Bệnh viện Đa khoa Xanh Pôn", "Bệnh viện Đa khoa Đức Giang",
           "Bệnh viện Đa khoa Hà Đông", "Bệnh viện Đa khoa Sơn Tây"],
    "22": ["Bệnh viện Bãi Cháy", "Bệnh viện Việt Nam - Thụy Điển Uông Bí"],
    "24": ["Bệnh viện Đa khoa Bắc Ninh số 2"],
    "31": ["Bệnh viện Hữu nghị Việt Tiệp", "Bệnh viện Kiến An"],
    "52": ["Bệnh viện Lao và Bệnh phổi Quy Nhơn", "Bệnh viện Tâm thần Quy Nhơn"],
    "66": ["Bệnh viện Đa khoa vùng Tây Nguyên"],
    "75": ["Bệnh viện Đa khoa Thống Nhất"],
    "79": ["Bệnh viện An Bình", "Bệnh viện Bệnh Nhiệt đới", "Bệnh viện Chấn thương Chỉnh hình",
           "Bệnh viện Da liễu", "Bệnh viện Hùng Vương", "Bệnh viện Lê Văn Thịnh",
           "Bệnh viện Nguyễn Tri Phương", "Bệnh viện Nguyễn Trãi", "Bệnh viện Nhi đồng 1",
           "Bệnh viện Nhi đồng 2", "Bệnh viện Nhân dân 115", "Bệnh viện Nhân dân Gia Định",
           "Bệnh viện Phạm Ngọc Thạch", "Bệnh viện Truyền máu Huyết học",
           "Bệnh viện Trưng Vương", "Bệnh viện Từ Dũ", "Bệnh viện Ung bướu",
           "Bệnh viện Đa khoa Bà Rịa", "Bệnh viện Đa khoa Vũng Tàu"],
    "82": ["Bệnh viện Đa khoa Sa Đéc"],
    "86": ["Bệnh viện Nguyễn Đình Chiểu"],
}

# Names of the provinces before 1 July 2025, which hospitals still carry.
FORMER_PROVINCES = [
    "Hà Giang", "Yên Bái", "Bắc Kạn", "Bắc Giang", "Vĩnh Phúc", "Hòa Bình", "Hải Dương",
    "Thái Bình", "Hà Nam", "Nam Định", "Quảng Bình", "Thừa Thiên Huế", "Quảng Nam", "Kon Tum",
    "Bình Định", "Phú Yên", "Ninh Thuận", "Bình Thuận", "Đắk Nông", "Bình Dương",
    "Bà Rịa", "Bình Phước", "Long An", "Tiền Giang", "Bến Tre", "Trà Vinh", "Kiên Giang",
    "Hậu Giang", "Sóc Trăng", "Bạc Liêu",
]

# Not part of a public telehealth programme, or no hospital: campuses, forces, shops, vaccination.
LEFT_OUT = re.compile(
    r"cơ sở|khu [A-Z\d]\b|khu điều trị|- khoa|quân (dân )?y|công an|bệnh xá|vnvc|tiêm chủng|"
    r"hội chữ thập|kiểm soát bệnh tật|pasteur|pháp y|phòng khám|quốc tế|hải quân|hiv|"
    r"y tế dự phòng|sinh sản|trung tâm mắt|dã chiến|thẩm mỹ|lão khoa phước|hà nội - đồng nai|"
    # Private by their own account, which the source's guess misses.
    r"thái bình dương|shingmark|twg|nam cần thơ|thanh vũ|kỹ thuật cao|thận hà nội",
    re.IGNORECASE,
)

# A specialised hospital: it is no rung of another site's chain.
SPECIALISED = re.compile(
    r"phổi|lao|tâm thần|da liễu|nội tiết|nhi\b|sản|phong|ung bướu|bệnh viện k\b|huyết học|"
    r"nhiệt đới|lão khoa|7[14]|tim|ngọc thạch|từ dũ|hùng vương|nhi đồng|trẻ em|chuyên khoa",
    re.IGNORECASE,
)
# Fields that no request of ours is for: eyes, teeth, rehabilitation, traditional medicine.
OTHER_FIELDS = re.compile(
    r"mắt|răng|tai[ -]mũi|cổ truyền|yhct|phục hồi|điều dưỡng|châm cứu|chỉnh hình|tuệ tĩnh|dược học",
    re.IGNORECASE,
)


@dataclass
class Ward:
    """A commune, ward or special zone of 2025."""

    code: str
    province: str
    name: str
    latitude: float
    longitude: float
    area: float
    population: int | None

    @property
    def density(self) -> float:
        """People a square kilometre; wards without a published figure count as dense."""
        return self.population / self.area if self.population and self.area else 1e9


@dataclass
class Site:
    """One row of sites.csv."""

    name: str
    province: str
    ward: str
    latitude: float
    longitude: float
    tier: str
    id: str = ""
    stations: int = 1
    chain: list[str] = field(default_factory=list)

    @property
    def is_general(self) -> bool:
        if self.tier == "central":
            return self.name in GENERAL_CENTRAL
        return not SPECIALISED.search(self.name) and not OTHER_FIELDS.search(self.name)


def kilometres(a, b) -> float:
    """Great-circle distance between two things with latitude and longitude."""
    p, q = math.radians(a.latitude), math.radians(b.latitude)
    half = math.sin((q - p) / 2) ** 2 + math.cos(p) * math.cos(q) * math.sin(
        math.radians(b.longitude - a.longitude) / 2
    ) ** 2
    return 12742 * math.asin(math.sqrt(half))


def folded(text: str) -> str:
    """The text without case, accents and punctuation: what makes two names the same."""
    text = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text).split())


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load_provinces(data: Path) -> dict[str, str]:
    """Province names by GSO code, in the short form people use."""
    units = json.loads((data / "vn-admin-units/vn_units_2026-07-25.json").read_text("utf-8"))
    return {
        unit["Code"]: unit["FullName"].removeprefix("Thành phố ").removeprefix("Tỉnh ")
        for unit in units
    }


def load_wards(data: Path) -> dict[str, Ward]:
    """All wards by GSO code, with the population of the second table where the names agree."""
    folder = data / "vn-admin-units"
    population = {}
    for row in rows(folder / "wards_2025_population.csv"):
        digits = row["population"].replace(".", "").replace(",", "")
        if digits.isdigit():
            place = (round(float(row["lat"]), 2), round(float(row["lon"]), 2))
            population[(folded(row["name"]), place)] = int(digits)
    wards = {}
    for row in rows(folder / "wards_2025.csv"):
        latitude, longitude = float(row["wardLat"]), float(row["wardLon"])
        place = (round(latitude, 2), round(longitude, 2))
        code = row["wardCode"].zfill(5)
        wards[code] = Ward(
            code, row["provinceCode"].zfill(2), row["ward"], latitude, longitude,
            float(row["wardAreaKm2"] or 0), population.get((folded(row["wardShort"]), place)),
        )
    return wards


def tier_of(row, province: str, ward_names: set[str], province_names: list[str]) -> str | None:
    """The tier of a facility, None when it is no site of ours."""
    name, guess = row["name"].strip(), row["tier_guess"]
    if row["ownership_guess"] == "private":
        return None
    if (province, name) in CENTRAL_BY_NAME:
        return "central"
    if name.isascii() or (guess != "central" and OTHER_FIELDS.search(name)):
        return None
    if LEFT_OUT.search(name) and not (guess == "central" and "Quân" in name):
        return None
    if guess == "central":
        return None if row["extract"] != "hospital" else "central"
    if name in PROVINCIAL_BY_NAME.get(province, []):
        return "provincial"
    if guess == "provincial":
        if re.search(r"[Đđ]a khoa [Tt]hành phố (Vinh|Thái Binh|Vĩnh Long)|Thành phố Tây Ninh|Tĩnh Túc", name):
            return "regional"
        return "provincial" if name.lower().startswith(("bệnh viện", "viện")) else None
    if guess in ("regional", "district"):
        return "regional"
    if guess == "unknown" and re.match(r"b[eệ]nh vi[eệ]n", name, re.IGNORECASE):
        bare = folded(name)
        if any(bare.endswith(folded(p)) for p in province_names):
            return "provincial"
        place = re.sub(r"^benh vien da khoa ", "", bare)
        return "regional" if place != bare and place in ward_names else None
    return None


def facilities(data: Path, wards: dict[str, Ward], provinces: dict[str, str]) -> list[Site]:
    """Hospitals of tiers 1 to 3, each once."""
    ward_names: dict[str, set[str]] = {}
    for ward in wards.values():
        short = re.sub(r"^(Phường|Xã|Đặc khu) ", "", ward.name)
        ward_names.setdefault(ward.province, set()).add(folded(short))
    province_names = list(provinces.values()) + FORMER_PROVINCES
    sites: list[Site] = []
    seen: set[tuple[str, str]] = set()
    for row in rows(data / "vn-health-facilities-osm/facilities.csv"):
        name = row["name"].strip()
        latitude, longitude = float(row["lat"]), float(row["lon"])
        if not row["province_code"]:
            # The one facility far from every ward centre: Trường Sa's.
            sites.append(Site("Trung tâm y tế Trường Sa", "56", "Đặc khu Trường Sa", latitude, longitude, "regional"))
            continue
        province = row["province_code"].zfill(2)
        tier = tier_of(row, province, ward_names[province], province_names)
        if tier is None:
            continue
        name = re.sub(r"^(BV|Bệnh viên|Bênh viện|Bệnh Viện)\b", "Bệnh viện", name)
        name = re.sub(r"\s+", " ", name.replace("Thái Binh", "Thái Bình"))
        same = re.sub(r"\b(huyen|thanh pho|thi xa|quan|tp|khu vuc|tinh) ", "", folded(name))
        if (province, same) in seen:
            continue
        seen.add((province, same))
        ward = wards[row["nearest_ward_code"].zfill(5)]
        sites.append(Site(name, province, ward.name, latitude, longitude, tier))
    return sites


# Where mappers were busy, OpenStreetMap has dozens of stations; no province gets more than this.
MAPPED_LIMIT = 10


def mapped_stations(data: Path, wards: dict[str, Ward]) -> dict[str, Site]:
    """Commune stations that OpenStreetMap knows, one a ward, by ward code."""
    stations: dict[str, Site] = {}
    counts: dict[str, int] = {}
    for row in rows(data / "vn-health-facilities-osm/facilities.csv"):
        name = row["name"].strip()
        if row["tier_guess"] != "commune" or row["ownership_guess"] == "private":
            continue
        if not re.match(r"Trạm y tế (xã|phường) \w+", name, re.IGNORECASE):
            continue
        name = re.sub(r"^trạm y tế (xã|phường) ", lambda m: f"Trạm y tế {m[1].lower()} ", name, flags=re.IGNORECASE)
        ward = wards[row["nearest_ward_code"].zfill(5)]
        is_full = counts.get(ward.province, 0) == MAPPED_LIMIT
        if not is_full and ward.code not in stations and float(row["ward_centroid_km"]) < 4:
            counts[ward.province] = counts.get(ward.province, 0) + 1
            stations[ward.code] = Site(
                name, ward.province, ward.name, float(row["lat"]), float(row["lon"]), "commune"
            )
    return stations


def commune_stations(data, wards, hospitals: list[Site], wanted: int) -> list[Site]:
    """Stations of special zones, those OpenStreetMap knows, then the remotest communes.

    Remote: far from the nearest hospital and thinly settled, taken province by province in
    proportion to the number of communes, so that no province is left out.
    """
    mapped = mapped_stations(data, wards)
    chosen = dict(mapped)
    has_hospital = {(site.province, site.ward) for site in hospitals}
    candidates: dict[str, list[tuple[float, Ward]]] = {}
    for ward in wards.values():
        is_zone = ward.name.startswith("Đặc khu")
        if ward.code in chosen or ward.name == "Đặc khu Hoàng Sa" or ward.name.startswith("Phường"):
            continue
        if (ward.province, ward.name) in has_hospital and not is_zone:
            continue
        if is_zone and ward.name == "Đặc khu Trường Sa":
            continue
        nearest = min(kilometres(ward, h) for h in hospitals if h.is_general)
        score = nearest / (1 + ward.density / 150) + (1000 if is_zone else 0)
        candidates.setdefault(ward.province, []).append((score, ward))
    for province in candidates:
        candidates[province].sort(key=lambda pair: (-pair[0], pair[1].code))
    total = sum(len(c) for c in candidates.values())
    need = wanted - len(chosen)
    quota = {p: need * len(c) / total for p, c in candidates.items()}
    taken = {p: int(q) for p, q in quota.items()}
    for province in sorted(quota, key=lambda p: (taken[p] - quota[p], p))[: need - sum(taken.values())]:
        taken[province] += 1
    for province, count in taken.items():
        for _, ward in candidates[province][:count]:
            kind = ward.name[0].lower() + ward.name[1:]
            chosen[ward.code] = Site(
                f"Trạm y tế {kind}", ward.province, ward.name, ward.latitude, ward.longitude, "commune"
            )
    return list(chosen.values())


TIERS = ["central", "provincial", "regional", "commune"]


def make_sites(data: Path, random: Random) -> tuple[list[Site], dict[str, str]]:
    """All sites in the order of the file, and the provinces' names."""
    provinces, wards = load_provinces(data), load_wards(data)
    hospitals = facilities(data, wards, provinces)
    sites = hospitals + commune_stations(data, wards, hospitals, SITE_COUNT - len(hospitals))
    sites.sort(key=lambda s: (s.province, TIERS.index(s.tier), folded(s.name), s.latitude))
    numbers: dict[str, int] = {}
    for site in sites:
        numbers[site.province] = numbers.get(site.province, 0) + 1
        site.id = f"{PREFIX[site.province]}-{numbers[site.province]:04d}"
        site.stations = {
            "central": random.randint(8, 12) if site.is_general else random.randint(4, 6),
            "provincial": random.randint(4, 6) if site.is_general else random.randint(2, 3),
            "regional": random.randint(1, 3),
            "commune": 1,
        }[site.tier]
    link(sites)
    return sites, provinces


def link(sites: list[Site]) -> None:
    """The chain of each site: a nearby regional and the province's own hospital, then a central one."""
    general = [s for s in sites if s.is_general]
    for site in sites:
        above = TIERS[: TIERS.index(site.tier)]
        for tier in reversed(above):
            pool = [s for s in general if s.tier == tier]
            if tier != "central":
                pool = [s for s in pool if s.province == site.province]
            if pool:
                site.chain.append(min(pool, key=lambda s: (kilometres(site, s), s.id)).id)


def write_sites(path: Path, sites: list[Site], provinces: dict[str, str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["id", "name", "province", "provinceName", "ward", "latitude", "longitude", "tier", "stations", "chain"])
        for s in sites:
            out.writerow([
                s.id, s.name, s.province, provinces[s.province], s.ward,
                f"{s.latitude:.5f}", f"{s.longitude:.5f}", s.tier, s.stations, ";".join(s.chain),
            ])
