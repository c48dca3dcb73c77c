#!/usr/bin/env python3
"""Makes sites.csv and doctors.csv beside itself: make-sites.py DATA_DIR

DATA_DIR holds vn-admin-units and vn-health-facilities-osm (see SOURCE.md). The seed is fixed: the
same data give the same files, byte for byte.
"""

import sys
from collections import Counter
from pathlib import Path
from random import Random

from people import make_doctors, write_doctors
from places import make_sites, write_sites

SEED = 20251120


def main() -> int:
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    here, random = Path(__file__).parent, Random(SEED)
    sites, provinces = make_sites(Path(sys.argv[1]), random)
    write_sites(here / "sites.csv", sites, provinces)
    doctors = make_doctors(sites, random)
    write_doctors(here / "doctors.csv", doctors)
    print(len(sites), "sites:", dict(Counter(s.tier for s in sites)))
    print(len(doctors), "doctors:", dict(Counter(d["specialties"].split(";")[0] for d in doctors)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
