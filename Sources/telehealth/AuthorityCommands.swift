import Arguments
import Coordinator
import Store
import Wire

import class Foundation.FileManager

/// What every authority lives by default: ten years.
private let authorityDays = 3_650

let authorityCommand = Command(
    "ca",
    "The deployment's own certificate authority.",
    subcommands: [
        Command(
            "init",
            "Make the authority that signs the certificates of devices, broker and coordinator.",
            options: configurationOptions + [daysOption(authorityDays)]
        ) { arguments in
            let folder = try arguments.authorities()
            try folder.initialise(days: try days(arguments, authorityDays), at: systemTime())
            try await settle(folder, arguments)
            writeLine(
                "made authority 1; next: telehealth broker config --directory DIR --host NAME"
            )
        },
        Command(
            "show",
            "Print the authorities, or their certificates.",
            options: configurationOptions + [
                .flag("--json", "one JSON object a line"),
                .flag("--pem", "the certificates that every side has to trust, PEM"),
            ]
        ) { try showAuthorities($0) },
        Command(
            "rotate",
            "Make a new authority that issues from now on; the older ones stay trusted.",
            options: configurationOptions + [daysOption(authorityDays)]
        ) { arguments in
            let folder = try arguments.authorities()
            try folder.rotate(days: try days(arguments, authorityDays), at: systemTime())
            try await publish(
                folder,
                arguments,
                "a new authority issues; the older ones are trusted"
            )
        },
        Command(
            "retire",
            "Stop trusting an older authority.",
            operands: "NUMBER",
            options: configurationOptions + [
                .flag("--force", "even while certificates of it are in use: those stop to work")
            ]
        ) { arguments in
            guard let number = Int(try arguments.operand("NUMBER")) else {
                throw UsageError("NUMBER is an authority's number; see 'telehealth ca show'")
            }
            let folder = try arguments.authorities()
            try folder.retire(number, force: arguments.has("--force"), at: systemTime())
            try await publish(folder, arguments, "authority \(number) is trusted no more")
        },
    ]
)

extension ParsedArguments {
    /// The authorities of the configured deployment.
    func authorities() throws -> AuthorityFolder {
        try AuthorityFolder(dataDirectory: try configuration().dataDirectory)
    }
}

/// The option `--days`, with its default in the help.
func daysOption(_ standard: Int) -> Option {
    .option("--days", "N", "how long the certificate holds, 1 to 36500; \(standard) when absent")
}

/// How many days were asked for.
func days(_ arguments: ParsedArguments, _ standard: Int) throws -> Int {
    try arguments.integer("--days", in: 1...36_500) ?? standard
}

/// Brings the broker up to date, enters what waits for the audit, and says what was done.
func publish(_ folder: AuthorityFolder, _ arguments: ParsedArguments, _ what: String) async throws {
    try await settle(folder, arguments)
    do {
        writeLine(what + sentence(try BrokerFolder(folder).publish(at: systemTime())))
    } catch {
        throw CommandFailure(
            "\(what), but the broker does not know: \(error); run 'telehealth broker config' then"
        )
    }
}

/// What has to be done about the broker, as the end of a line.
func sentence(_ publication: BrokerFolder.Publication) -> String {
    switch publication {
    case .nothing: ""
    case .told: "; the broker was told"
    case .untold: "; tell the broker to read its files: systemctl reload mosquitto"
    }
}

/// Enters what waits into the database, unless a coordinator runs: that does it within a second.
func settle(_ folder: AuthorityFolder, _ arguments: ParsedArguments) async throws {
    let directory = try arguments.configuration().dataDirectory
    guard FileManager.default.fileExists(atPath: directory + "/telehealth.db") else { return }
    do {
        try await withStore(arguments) { store, _ in try await folder.settle(into: store) }
    } catch StoreError.inUse {
        return
    }
}

private func showAuthorities(_ arguments: ParsedArguments) throws {
    let folder = try arguments.authorities()
    guard let ledger = try folder.ledger() else { throw ProvisioningError.noAuthority }
    if arguments.has("--pem") { return writeLine(String(try folder.bundle(ledger).dropLast())) }
    let now = systemTime()
    for authority in ledger.authorities {
        let inUse = ledger.entries.count { $0.authority == authority.number && $0.isGood(at: now) }
        let isIssuing = authority.number == ledger.issuing?.number
        guard arguments.has("--json") else {
            let state =
                authority.retiredAt != nil ? "retired" : isIssuing ? "issues" : "is trusted"
            writeLine(
                "\(authority.number) \(authority.name) \(state), until \(authority.expiresAt),"
                    + " \(inUse) certificates in use"
            )
            continue
        }
        var writer = JSONWriter()
        writer.object {
            $0.key("number")
            $0.value(authority.number)
            $0.key("name")
            $0.value(authority.name)
            $0.key("expiresAt")
            $0.value("\(authority.expiresAt)")
            $0.key("issues")
            $0.value(isIssuing)
            $0.key("retired")
            $0.value(authority.retiredAt != nil)
            $0.key("inUse")
            $0.value(inUse)
        }
        writeLine(writer.text)
    }
}
