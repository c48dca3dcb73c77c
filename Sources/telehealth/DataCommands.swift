import Arguments
import Coordinator
import Foundation
import Store
import Wire

let backupCommand = Command(
    "backup",
    "Write a consistent copy of the database, the readings, the keys and the authorities.",
    operands: "DIR",
    options: configurationOptions
) { arguments in
    let folder = try arguments.operand("DIR")
    try await withStoreForReading(arguments) { store, configuration in
        try await store.backup(to: folder)
        for secrets in ["keys", "ca"] {
            try copyFolder(secrets, from: configuration.dataDirectory, to: folder)
        }
    }
    writeLine("backed up to \(folder); keep it as safe as the data itself, the keys are in it")
}

let restoreCommand = Command(
    "restore",
    "Put a backup in the place of a data directory that has no database.",
    operands: "DIR",
    options: configurationOptions
) { arguments in
    let folder = try arguments.operand("DIR")
    let directory = try arguments.configuration().dataDirectory
    guard FileManager.default.fileExists(atPath: folder + "/telehealth.db") else {
        throw CommandFailure("\(folder) holds no telehealth.db; name the folder of a backup")
    }
    guard !FileManager.default.fileExists(atPath: directory + "/telehealth.db") else {
        throw CommandFailure(
            "\(directory) holds a database already; move it away or set data.directory"
        )
    }
    try FileManager.default.createDirectory(
        atPath: directory,
        withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700]
    )
    // The database last: without it the copy can be made again.
    for name in ["readings", "keys", "ca"] {
        try copyFolder(name, from: folder, to: directory)
    }
    try copy("telehealth.db", from: folder, to: directory)
    let report = try await withStore(arguments) { store, _ in try await store.verify() }
    guard report.isSound else { throw CommandFailure(sentence(report)) }
    writeLine("restored to \(directory); \(sentence(report))")
}

let verifyCommand = Command(
    "verify",
    "Check the database and the audit chain; names the first bad row.",
    options: configurationOptions + [.flag("--json", "as JSON")]
) { arguments in
    let report = try await withStoreForReading(arguments) { store, _ in try await store.verify() }
    if arguments.has("--json") {
        let data = try JSONEncoder().encode(report)
        writeLine(String(decoding: data, as: UTF8.self))
    } else if report.isSound {
        writeLine(sentence(report))
    }
    guard report.isSound else { throw CommandFailure(sentence(report)) }
}

private func sentence(_ report: VerificationReport) -> String {
    if let row = report.firstBadAuditSequence {
        return "the audit chain is broken at row \(row): it was changed after it was written"
    }
    if let problem = report.databaseProblems.first {
        return "the database is damaged: \(problem); restore a backup"
    }
    return "sound: \(report.auditEntries) audit entries checked"
}

/// A deployment that was never served has no keys yet, and not every one has the other folders.
private func copyFolder(_ name: String, from source: String, to target: String) throws {
    guard FileManager.default.fileExists(atPath: source + "/" + name) else { return }
    try copy(name, from: source, to: target)
}

private func copy(_ name: String, from source: String, to target: String) throws {
    do {
        try? FileManager.default.removeItem(atPath: target + "/" + name)
        try FileManager.default.copyItem(
            atPath: source + "/" + name,
            toPath: target + "/" + name
        )
    } catch {
        throw CommandFailure("cannot copy \(name) to \(target); check free space and rights")
    }
}
