import Arguments
import Foundation
import Scheduler

/// Plans an instance until a time limit and writes the solution.
let matchingCommand = Command(
    "matching",
    "Match an instance's requests with doctors and write the solution.",
    options: [
        .option("--instance", "FILE", "the instance"),
        .flag("--national", "a national day instead, made from the seed"),
        .option("--requests", "N", "requests of the national day (50000)"),
        .option("--doctors", "N", "its doctors (one for each 5 requests)"),
        .option("--sites", "N", "its sites (3 for each 100 requests)"),
        .option("--limit", "S", "seconds (10; 60 for a national day)"),
        .option("--solution", "FILE", "where the solution goes"),
        .option("--write", "FILE", "where the national day's instance goes"),
        .option("--seed", "N", "the search's and the national day's seed (1)"),
        .option("--rounds", "N", "rounds a thread instead of a time: the same plan every time"),
        .option("--threads", "N", "searches side by side (2)"),
        .flag("--json", "print one line of JSON"),
    ]
) { arguments in
    let start = ContinuousClock.now
    let seed = UInt64(try arguments.integer("--seed", in: 0...Int.max) ?? 1)
    let instance = try matchingInstance(arguments, seed)
    let isNational = arguments.has("--national")
    let problem = try instance.problem()
    let limit = try arguments.positiveNumber("--limit") ?? (isNational ? 60 : 10)
    let run = MatchingRun(
        problem: problem,
        // A day that is made here is not part of what is measured; a file that is read is.
        start: isNational ? .now : start,
        limit: .seconds(limit),
        rounds: try arguments.integer("--rounds", in: 1...Int.max),
        seed: seed,
        threads: try arguments.integer("--threads", in: 1...64) ?? 2
    )
    let found = await run.result()
    let seconds = run.start.duration(to: .now).seconds
    if let path = arguments.value("--solution") {
        try write(JSONEncoder().encode(MatchingSolution(found.best.plan)), to: path)
    }
    let result = MatchingResult(problem, found, seconds: seconds)
    writeLine(arguments.has("--json") ? try result.json() : result.text)
}

private func matchingInstance(
    _ arguments: ParsedArguments,
    _ seed: UInt64
) throws -> MatchingInstance {
    guard arguments.has("--national") else {
        return try MatchingInstance(file: try arguments.required("--instance"))
    }
    var day = NationalDay(seed: seed)
    let requests = try arguments.integer("--requests", in: 100...200_000) ?? 50_000
    let instance = day.instance(
        requests: requests,
        doctors: try arguments.integer("--doctors", in: 1...40_000) ?? requests / 5,
        sites: try arguments.integer("--sites", in: 1...6_000) ?? requests * 3 / 100
    )
    if let path = arguments.value("--write") { try write(JSONEncoder().encode(instance), to: path) }
    return instance
}

private func write(_ data: Data, to path: String) throws {
    do { try data.write(to: URL(filePath: path)) } catch {
        throw PlanError("cannot write \(path)")
    }
}

/// A plan as the checker reads it.
struct MatchingSolution: Encodable {
    struct Assignment: Encodable {
        let request: Int
        let doctor: Int
        let start: Int
    }

    let assignments: [Assignment]

    init(_ plan: [PlanPlace?]) {
        assignments = plan.enumerated().compactMap { request, place in
            place.map { Assignment(request: request, doctor: $0.doctor, start: $0.start) }
        }
    }
}
