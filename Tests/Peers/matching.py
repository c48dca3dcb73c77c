#!/usr/bin/env python3
"""Plans a matching instance with a peer: OR-Tools CP-SAT, or the linear relaxation with HiGHS.

  matching.py cpsat --instance FILE --limit SECONDS [--solution OUT] [--workers 2]
  matching.py lp --instance FILE [--limit SECONDS]

Both take the time-indexed model: a variable for each request, doctor and start that the rules allow, one place a
request, one consult with its buffer at a doctor's tick, as many consults at a site's tick as it has stations, and the
load beyond the free share as its own variable. Runs where `pip install ortools highspy` was done; prints one line of
JSON, and exits 2 with a sentence where the solver is missing.
"""
import argparse
import json
import math
import sys
import time
from collections import defaultdict


def affinity(inst, q, d):
    site, number = inst["sites"][q["site"]], d["hosp"]
    hospital = inst["hospitals"][number]
    chain, region, far, central = inst["weights"]["aff"]
    base = chain if number in site["chain"] else region if hospital["region"] == site["region"] else far
    return base + (central if hospital["tier"] == 1 and q["urg"] == 4 else 0)


def places(inst):
    """Every place the rules allow, as (request, doctor, start, cost)."""
    wait = {int(u): w for u, w in inst["weights"]["wait"].items()}
    for i, q in enumerate(inst["requests"]):
        if inst["sites"][q["site"]]["stations"] < 1:
            continue
        for j, d in enumerate(inst["doctors"]):
            tier = inst["hospitals"][d["hosp"]]["tier"]
            if q["spec"] not in d["specs"] or not set(q["langs"]) & set(d["langs"]) or q["urg"] <= 2 < tier:
                continue
            starts = {t for a, b in d["windows"] for t in range(max(a, q["earliest"]),
                                                               min(b, q["deadline"]) - q["dur"] + 1)}
            for t in sorted(starts):
                yield i, j, t, wait[q["urg"]] * (t - q["earliest"]) + affinity(inst, q, d)


class Model:
    """Columns (places, requests left out, overload) and the rows over them, as lists."""

    def __init__(self, inst):
        self.cost, self.rows, self.place = [], [], []
        request, doctor, site, load = (defaultdict(list) for _ in range(4))
        for i, j, t, cost in places(inst):
            q, column = inst["requests"][i], len(self.cost)
            self.cost.append(cost)
            self.place.append((i, j, t))
            request[i].append((column, 1))
            load[j].append((column, q["dur"]))
            for k in range(t, t + q["dur"] + inst["buffer"]):
                doctor[j, k].append((column, 1))
            for k in range(t, t + q["dur"]):
                site[q["site"], k].append((column, 1))
        penalty = {int(u): w for u, w in inst["weights"]["unserved"].items()}
        for i, q in enumerate(inst["requests"]):
            self.rows.append((request[i] + [(len(self.cost), 1)], 1, 1))
            self.cost.append(penalty[q["urg"]])
        self.binaries = len(self.cost)
        self.rows += [(row, 0, 1) for row in doctor.values() if len(row) > 1]
        self.rows += [(row, 0, inst["sites"][s]["stations"]) for (s, _), row in site.items()
                      if len(row) > inst["sites"][s]["stations"]]
        for j, row in load.items():
            d = inst["doctors"][j]
            free = math.floor(inst["weights"]["over_frac"] * sum(b - a for a, b in d["windows"]))
            self.rows.append((row + [(len(self.cost), -1)], -10 ** 6, free))
            self.cost.append(inst["weights"]["over"])


def cpsat(model, limit, workers):
    from ortools.sat.python import cp_model
    m = cp_model.CpModel()
    x = [m.new_bool_var("") if c < model.binaries else m.new_int_var(0, 10 ** 6, "") for c in range(len(model.cost))]
    for row, low, high in model.rows:
        m.add_linear_constraint(sum(x[c] * f for c, f in row), low, high)
    m.minimize(sum(x[c] * f for c, f in enumerate(model.cost)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit
    solver.parameters.num_workers = workers
    status = solver.status_name(solver.solve(m))
    if status not in ("OPTIMAL", "FEASIBLE"):
        return {"status": status}, []
    found = [p for c, p in enumerate(model.place) if solver.value(x[c])]
    return {"status": status, "cost": int(solver.objective_value), "bound": solver.best_objective_bound}, found


def lp(model, limit):
    import highspy
    import numpy as np
    h = highspy.Highs()
    h.setOptionValue("output_flag", False)
    h.setOptionValue("time_limit", float(limit))
    n = len(model.cost)
    h.addVars(n, np.zeros(n), np.full(n, highspy.kHighsInf))
    h.changeColsCost(n, np.arange(n, dtype=np.int32), np.array(model.cost, dtype=float))
    for row, low, high in model.rows:
        h.addRow(low, high, len(row), np.array([c for c, _ in row], dtype=np.int32),
                 np.array([f for _, f in row], dtype=float))
    h.run()
    return {"status": h.modelStatusToString(h.getModelStatus()), "bound": h.getInfo().objective_function_value}, []


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("peer", choices=["cpsat", "lp"])
    p.add_argument("--instance", required=True)
    p.add_argument("--limit", type=float, default=60)
    p.add_argument("--workers", type=int, default=2)
    p.add_argument("--solution")
    a = p.parse_args()
    inst = json.load(open(a.instance))
    start = time.time()
    try:
        model = Model(inst)
        built = time.time() - start
        # The limit holds for all of it, as it does for the program beside which this stands.
        left = max(0.1, a.limit - built)
        result, found = cpsat(model, left, a.workers) if a.peer == "cpsat" else lp(model, left)
    except ModuleNotFoundError as error:
        print(f"the peer is not installed: {error.name}; pip install ortools highspy numpy", file=sys.stderr)
        sys.exit(2)
    if a.solution:
        json.dump({"assignments": [{"request": i, "doctor": j, "start": t} for i, j, t in found]}, open(a.solution, "w"))
    print(json.dumps({"peer": a.peer, "seconds": round(time.time() - start, 2), "modelSeconds": round(built, 2),
                      "columns": len(model.cost), **result}))


if __name__ == "__main__":
    main()
