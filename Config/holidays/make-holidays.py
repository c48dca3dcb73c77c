#!/usr/bin/env python3
"""Writes vietnam.csv: the public holidays of Article 112 of the Labour Code, year by year.

The lunar days are computed as the Vietnamese calendar defines them: months begin on the day of the
new moon in UTC+7, and the month that holds the winter solstice is the eleventh. New moon and sun
follow Jean Meeus, "Astronomical Algorithms" (1998), in the short form that Ho Ngoc Duc published
for the Vietnamese calendar. Run: make-holidays.py FIRST LAST > vietnam.csv
"""
import datetime
import math
import sys

ZONE = 7.0


def new_moon(k):
    """Julian day of the k-th new moon after 1900-01-01 13:52 UTC."""
    t = k / 1236.85
    d = math.pi / 180
    jd = 2415020.75933 + 29.53058868 * k + 0.0001178 * t * t - 0.000000155 * t ** 3
    jd += 0.00033 * math.sin((166.56 + 132.87 * t - 0.009173 * t * t) * d)
    m = 359.2242 + 29.10535608 * k - 0.0000333 * t * t - 0.00000347 * t ** 3
    mp = 306.0253 + 385.81691806 * k + 0.0107306 * t * t + 0.00001236 * t ** 3
    f = 21.2964 + 390.67050646 * k - 0.0016528 * t * t - 0.00000239 * t ** 3
    c = (0.1734 - 0.000393 * t) * math.sin(m * d) + 0.0021 * math.sin(2 * d * m)
    c += -0.4068 * math.sin(mp * d) + 0.0161 * math.sin(d * 2 * mp) - 0.0004 * math.sin(d * 3 * mp)
    c += 0.0104 * math.sin(d * 2 * f) - 0.0051 * math.sin(d * (m + mp))
    c += -0.0074 * math.sin(d * (m - mp)) + 0.0004 * math.sin(d * (2 * f + m))
    c += -0.0004 * math.sin(d * (2 * f - m)) - 0.0006 * math.sin(d * (2 * f + mp))
    c += 0.0010 * math.sin(d * (2 * f - mp)) + 0.0005 * math.sin(d * (2 * mp + m))
    if t < -11:
        delta = 0.001 + 0.000839 * t + 0.0002261 * t * t - 0.00000845 * t ** 3
    else:
        delta = -0.000278 + 0.000265 * t + 0.000262 * t * t
    return jd + c - delta


def sun(jdn):
    """The twelfth of the sun's way, 0 to 11, at local midnight that begins the day."""
    t = (jdn - 0.5 - ZONE / 24 - 2451545.0) / 36525
    d = math.pi / 180
    m = 357.52910 + 35999.05030 * t - 0.0001559 * t * t - 0.00000048 * t ** 3
    l0 = 280.46645 + 36000.76983 * t + 0.0003032 * t * t
    dl = (1.914600 - 0.004817 * t - 0.000014 * t * t) * math.sin(d * m)
    dl += (0.019993 - 0.000101 * t) * math.sin(2 * d * m) + 0.000290 * math.sin(3 * d * m)
    l = (l0 + dl) * d
    l -= 2 * math.pi * math.floor(l / (2 * math.pi))
    return int(l / math.pi * 6)


def new_moon_day(k):
    return math.floor(new_moon(k) + 0.5 + ZONE / 24)


def jdn(date):
    return date.toordinal() + 1721425


def date_of(day):
    return datetime.date.fromordinal(day - 1721425)


def month_eleven(year):
    offset = jdn(datetime.date(year, 12, 31)) - 2415021
    k = math.floor(offset / 29.530588853)
    day = new_moon_day(k)
    return new_moon_day(k - 1) if sun(day) >= 9 else day


def lunar_date(year, month, day):
    """The date of a day of one of the first ten lunar months of the year; no leap month is asked."""
    before, after = month_eleven(year - 1), month_eleven(year)
    k = math.floor(0.5 + (before - 2415021.076998695) / 29.530588853)
    offset = month + 1
    if after - before > 365:
        last, leap = -1, 1
        arc = sun(new_moon_day(k + 1))
        while True:
            last, leap = arc, leap + 1
            arc = sun(new_moon_day(k + leap))
            if arc == last or leap >= 14:
                break
        if offset >= leap - 1:
            offset += 1
    return date_of(new_moon_day(k + offset) + day - 1)


def holidays(year):
    day = datetime.timedelta(days=1)
    tet = lunar_date(year, 1, 1)
    rows = [(datetime.date(year, 1, 1), "Tết Dương lịch")]
    rows += [(tet + n * day, "Tết Nguyên đán") for n in range(-1, 4)]
    rows += [(lunar_date(year, 3, 10), "Giỗ Tổ Hùng Vương")]
    rows += [(datetime.date(year, 4, 30), "Ngày Chiến thắng")]
    rows += [(datetime.date(year, 5, 1), "Ngày Quốc tế lao động")]
    rows += [(datetime.date(year, 9, n), "Quốc khánh") for n in (1, 2)]
    return sorted(rows)


if __name__ == "__main__":
    first, last = int(sys.argv[1]), int(sys.argv[2])
    print("date,name")
    for year in range(first, last + 1):
        for date, name in holidays(year):
            print(f"{date.isoformat()},{name}")
