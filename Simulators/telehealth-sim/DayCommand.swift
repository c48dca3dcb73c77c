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
        .option(
            "--runs",
            "N",
            "so many seeds from it on; forecasts are judged together (default 1)"
        ),
        .option("--days", "N", "days to simulate; the last is reported (default 1)"),
        .option("--sites", "FILE", "CSV of sites; without it a nation is made up"),
        .option("--doctors", "FILE", "CSV of doctors of those sites; without it they are made up"),
        .option("--site-count", "N", "sites to make up (default 150)"),
        .option("--doctor-count", "N", "doctors to make up (default 60)"),
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
    var options = try dayOptions(arguments)
    let isJSON = arguments.has("--json")
    let runs = try arguments.integer("--runs", in: 1...1_000) ?? 1
    guard runs == 1 || !isJSON else { throw UsageError("--json tells of one run") }
    var reports: [DayReport] = []
    for _ in 0..<runs {
        let report = try dayReport(options, isJSON: isJSON)
        writeLine(isJSON ? report.json() : report.text)
        reports.append(report)
        options.seed += 1
    }
    if runs > 1 {
        let parts = DayReport.calibration(reports)
        writeLine("\(runs) runs together")
        for line in DayReport.calibrationText(parts) { writeLine(line) }
    }
}

/// One run; fails when it lost somebody or booked somebody twice.
private func dayReport(_ options: DayOptions, isJSON: Bool) throws -> DayReport {
    var day = ConsultDay(options)
    let report = day.run { hour in
        guard !isJSON, LocalTime.clock(hour).hasSuffix("06:00") else { return }
        let date = LocalTime.date(ofDay: LocalTime.dayNumber(of: hour))
        writeLine("\(date) \(LocalTime.clock(hour))", to: STDERR_FILENO)
    }
    guard report.overlaps == 0, report.lost == 0 else {
        throw SimulationError(
            "seed \(options.seed): \(report.overlaps) overlaps and \(report.lost) lost requests"
        )
    }
    return report
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
    let siteCount = try arguments.integer("--site-count", in: 10...10_000) ?? 150
    let doctorCount = try arguments.integer("--doctor-count", in: 9...10_000) ?? 60
    if options.sites.isEmpty { options.sites = SmallNation.sites(siteCount) }
    if options.doctors.isEmpty {
        options.doctors = SmallNation.doctors(doctorCount, in: options.sites, seed: options.seed)
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
