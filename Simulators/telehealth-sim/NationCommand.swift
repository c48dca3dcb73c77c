import Arguments
import EventLoop
import Simulation

private let populationOptions: [Option] = [
    .option("--population", "FILE", "who takes part, JSON; `telehealth demo` writes one"),
    .option("--duration", "S", "seconds for which devices measure (default 60)"),
    .option("--drain", "S", "seconds to wait for receipts and open consults (default 20)"),
    .option("--seed", "N", "the seed of everything that is drawn (default 1)"),
]

private let illnessOptions: [Option] = [
    .option("--hasten", "F", "how much faster than life patients get worse (default 60)"),
    .option(
        "--mix",
        "LIST",
        "thousandths by scenario, such as sepsis=4,hypoxia=4; the rest is stable"
    ),
    .option("--limit-deteriorating", "N", "the most patients that may get worse"),
]

private let peopleOptions: [Option] = [
    .option("--accept-delay", "MIN-MAX", "ms a doctor takes to answer (default 200-1500)"),
    .option("--join-delay", "MIN-MAX", "ms from a confirmation to the click (default 100-500)"),
    .option("--acknowledge-delay", "MIN-MAX", "ms a nurse takes (default 1000-4000)"),
    .option("--decline", "P", "share of offers that doctors decline, 0 to 1 (default 0.05)"),
    .option("--consult", "S", "seconds a consult lasts once both are there (default 3)"),
]

let nationCommand = Command(
    "nation",
    "Devices, clinics and doctors of a population, all at once.",
    options: populationOptions + illnessOptions + peopleOptions + reportOptions
) { arguments in
    try await run(Set(Nation.Part.allCases), "nation", arguments)
}

/// The command that runs one part of a nation.
func partCommand(_ name: String, _ part: Nation.Part, _ summary: String) -> Command {
    let options = populationOptions + (part == .fleet ? illnessOptions : peopleOptions)
    return Command(name, summary, options: options + reportOptions) { arguments in
        try await run([part], name, arguments)
    }
}

private func run(
    _ parts: Set<Nation.Part>,
    _ name: String,
    _ arguments: ParsedArguments
) async throws {
    guard arguments.operands.isEmpty else {
        throw UsageError("unexpected '\(arguments.operands[0])'")
    }
    let options = try nationOptions(arguments)
    let population = try Population(file: try arguments.required("--population"))
    let nation = Nation(
        population,
        parts: parts,
        options: options,
        clock: SteadyClock(),
        command: name
    )
    let report = try await nation.run(
        stopped: stopped,
        progress: progressWriter(isJSON: arguments.has("--json"))
    )
    try write(report, to: arguments.value("--report"))
    try check(report)
}

private func nationOptions(_ arguments: ParsedArguments) throws(UsageError) -> NationOptions {
    var options = NationOptions()
    if let seed = try arguments.integer("--seed", in: 0...Int.max) { options.seed = UInt64(seed) }
    if let duration = try arguments.seconds("--duration") { options.duration = duration }
    if let drain = try arguments.seconds("--drain") { options.drain = drain }
    if let hasten = try arguments.positiveNumber("--hasten") { options.hasten = hasten }
    if let text = arguments.value("--mix") {
        guard let mix = ScenarioMix(text) else {
            let names = Scenario.allCases.dropFirst().map(\.rawValue).joined(separator: ", ")
            throw UsageError(
                "--mix takes SCENARIO=THOUSANDTHS,… of \(names), 1000 together at most"
            )
        }
        options.mix = mix
    }
    options.deteriorationLimit = try arguments.integer("--limit-deteriorating", in: 0...Int.max)
    options.answerMilliseconds =
        try arguments.milliseconds("--accept-delay") ?? options.answerMilliseconds
    options.clickMilliseconds =
        try arguments.milliseconds("--join-delay") ?? options.clickMilliseconds
    options.acknowledgeMilliseconds =
        try arguments.milliseconds("--acknowledge-delay") ?? options.acknowledgeMilliseconds
    if let text = arguments.value("--decline") {
        guard let share = Double(text), (0...1).contains(share) else {
            throw UsageError("--decline takes a number from 0 to 1, not '\(text)'")
        }
        options.decline = share
    }
    if let consult = try arguments.seconds("--consult") { options.consult = consult }
    options.progress = try arguments.progressInterval()
    return options
}
