import Arguments
import Foundation
import Scheduler
import Simulation
import Vocabulary

let dayCommand = Command(
    "day",
    "A day of clinics and doctors around the scheduler alone, in virtual time.",
    options: [
        .option("--seed", "N", "the seed of everything that is drawn (default 1)"),
        .option("--days", "N", "days to simulate; the last is reported (default 1)"),
        .option("--sites", "FILE", "CSV of sites; without it a nation of 150 is made up"),
        .option("--doctors", "FILE", "CSV of doctors of those sites; without it 60 are made up"),
        .option("--per-site", "R", "consults a site asks for in a day (default 1.36)"),
        .option("--consult", "MIN", "mean minutes of a consult (default 13.8)"),
        .option("--cancelled", "P", "share of planned consults taken back (default 0.33)"),
        .option("--no-show", "P", "share of the others without the patient (default 0.08)"),
        .option("--declined", "P", "share of offers that doctors decline (default 0.05)"),
        .flag("--json", "the report as JSON"),
    ]
) { arguments in
    guard arguments.operands.isEmpty else {
        throw UsageError("unexpected '\(arguments.operands[0])'")
    }
    var day = ConsultDay(try dayOptions(arguments))
    let isJSON = arguments.has("--json")
    let report = day.run { hour in
        guard !isJSON, LocalTime.clock(hour).hasSuffix("06:00") else { return }
        let date = LocalTime.date(ofDay: LocalTime.dayNumber(of: hour))
        writeLine("\(date) \(LocalTime.clock(hour))", to: STDERR_FILENO)
    }
    writeLine(isJSON ? report.json() : report.text)
    guard report.overlaps == 0, report.lost == 0 else {
        throw SimulationError("\(report.overlaps) overlaps and \(report.lost) lost requests")
    }
}

private func dayOptions(_ arguments: ParsedArguments) throws -> DayOptions {
    var options = DayOptions()
    if let seed = try arguments.integer("--seed", in: 0...Int.max) { options.seed = UInt64(seed) }
    options.days = try arguments.integer("--days", in: 1...14) ?? options.days
    options.perSite = try arguments.positiveNumber("--per-site") ?? options.perSite
    options.consultMinutes = try arguments.positiveNumber("--consult") ?? options.consultMinutes
    options.cancelled = try arguments.share("--cancelled") ?? options.cancelled
    options.noShow = try arguments.share("--no-show") ?? options.noShow
    options.declined = try arguments.share("--declined") ?? options.declined
    if let file = arguments.value("--sites") {
        options.sites = try SiteTable.read(try tableText(file))
    }
    if let file = arguments.value("--doctors") {
        guard !options.sites.isEmpty else { throw UsageError("--doctors needs --sites") }
        options.doctors = try RosterTable.read(try tableText(file), sites: options.sites)
    }
    return options
}

private func tableText(_ file: String) throws -> String {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
        throw SimulationError("cannot read \(file); check path and rights")
    }
    return text
}

extension ParsedArguments {
    /// A share from 0 to 1; nil when it was not given.
    fileprivate func share(_ name: String) throws(UsageError) -> Double? {
        guard let text = value(name) else { return nil }
        guard let share = Double(text), (0...1).contains(share) else {
            throw UsageError("\(name) takes a number from 0 to 1, not '\(text)'")
        }
        return share
    }
}
