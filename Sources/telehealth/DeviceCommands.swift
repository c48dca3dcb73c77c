import Arguments
import Clinical
import Coordinator
import Crypto
import Scheduler
import Store
import Vocabulary
import Wire

import class Foundation.FileManager

/// How long a device's certificate holds by default: two years.
private let deviceDays = 730

let deviceCommand: Command = {
    let table = importCommand(.devices, "device", "Devices: registry and certificates.")
    return Command(
        table.name,
        table.summary,
        subcommands: table.subcommands.filter { $0.name == "import" } + [
            Command(
                "provision",
                "Issue a device's key and certificate and what it has to know of the broker.",
                operands: "DEVICE",
                options: configurationOptions + [
                    .option("--site", "SITE", "its site; a device that is registered has one"),
                    daysOption(deviceDays),
                    .option("--out", "DIR", "the folder for its files; DEVICE when absent"),
                    .option("--csr", "FILE", "a certificate request of a device with its own key"),
                    .flag("--hub", "a clinic's hub, which publishes for every device of its site"),
                    .option("--host", "NAME", "the broker's name, where it was not set up here"),
                    .option("--port", "N", "the broker's port, where it was not set up here"),
                ]
            ) { try await provision($0) },
            Command(
                "revoke",
                "Take a device's certificates back; it is refused from now on.",
                operands: "DEVICE",
                options: configurationOptions + [
                    .option(
                        "--reason",
                        "R",
                        RevocationReason.allCases.map(\.rawValue).joined(separator: ", ")
                    ),
                    .option("--serial", "S", "only the certificate of this serial number"),
                ]
            ) { try await revoke($0) },
            Command(
                "list",
                "List devices and hubs with their certificates.",
                options: configurationOptions + [.flag("--json", "one JSON object a line")]
            ) { try await list($0) },
        ]
    )
}()

// MARK: Provision

private func provision(_ arguments: ParsedArguments) async throws {
    let id = try deviceID(arguments)
    let applicant = try await applicant(id, arguments)
    let folder = try arguments.authorities()
    guard let ledger = try folder.ledger() else { throw ProvisioningError.noAuthority }
    let connection = try BrokerAddress(arguments, ledger)
    let now = systemTime()
    let days = try days(arguments, deviceDays)
    let out = arguments.value("--out") ?? id.rawValue
    let request = try arguments.value("--csr").map(text)
    try makeFolder(out)
    let issued =
        if let request {
            try folder.issue(to: applicant, request: request, days: days, at: now)
        } else {
            try folder.issue(to: applicant, days: days, at: now)
        }
    let files = DeviceFiles(applicant: applicant, issued: issued, broker: connection)
    try files.write(into: out)
    let isNews = applicant.kind == .hub || ledger.refused(at: now).contains(applicant.name)
    let publication = isNews ? try BrokerFolder(folder).publish(at: now) : .nothing
    try await settle(folder, arguments)
    writeLine(
        "provisioned \(id): certificate \(issued.entry.serial) until \(issued.entry.expiresAt),"
            + " files in \(out)\(sentence(publication))"
    )
}

/// The device as the registry has it, or as `--site` says.
private func applicant(_ id: DeviceID, _ arguments: ParsedArguments) async throws -> Applicant {
    let named = try arguments.value("--site").map { text in
        guard let site = SiteID(rawValue: text) else {
            throw UsageError("--site takes a site's id")
        }
        return site
    }
    let isHub = arguments.has("--hub")
    return try await withStoreForReading(arguments) { store, _ in
        let devices = try await store.devices()
        let registered = devices.first { $0.id == id }
        if let other = devices.first(where: {
            $0.id != id && readsLike($0.id.rawValue, id.rawValue)
        }) {
            throw ProvisioningError.looksLike(id.rawValue, other: other.id.rawValue)
        }
        guard registered == nil || !isHub else { throw ProvisioningError.nameTaken(id.rawValue) }
        guard registered?.removedAt == nil else {
            throw CommandFailure("'\(id)' was removed; choose another id, or import it again")
        }
        guard let siteID = registered?.site ?? named else {
            throw UsageError("'\(id)' is not registered, so --site is needed")
        }
        guard named == nil || named == siteID else {
            throw CommandFailure("'\(id)' is registered at \(siteID); correct --site")
        }
        guard let site = try await store.sites().first(where: { $0.id == siteID }) else {
            throw CommandFailure("there is no site '\(siteID)'; import sites first")
        }
        return isHub
            ? .hub(id, site: siteID, province: site.province)
            : .device(id, site: siteID, province: site.province)
    }
}

private func deviceID(_ arguments: ParsedArguments) throws -> DeviceID {
    let name = try arguments.operand("DEVICE")
    guard let id = DeviceID(rawValue: name) else {
        throw UsageError("a device's id is 1-40 characters of [a-z0-9-], not '\(name)'")
    }
    return id
}

private func text(_ path: String) throws -> String {
    guard let bytes = FileManager.default.contents(atPath: path), bytes.count <= 65_536 else {
        throw CommandFailure("cannot read \(path), or it has more than 64 KiB")
    }
    return String(decoding: bytes, as: UTF8.self)
}

private func makeFolder(_ path: String) throws {
    guard !FileManager.default.fileExists(atPath: path) else { return }
    do {
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
    } catch {
        throw CommandFailure("cannot create \(path); check path and rights")
    }
}

// MARK: Revoke

private func revoke(_ arguments: ParsedArguments) async throws {
    let id = try deviceID(arguments)
    let word = arguments.value("--reason") ?? RevocationReason.unspecified.rawValue
    guard let reason = RevocationReason(rawValue: word) else {
        let known = RevocationReason.allCases.map(\.rawValue).joined(separator: ", ")
        throw UsageError("--reason takes one of \(known), not '\(word)'")
    }
    let folder = try arguments.authorities()
    let count = try folder.revoke(
        id.rawValue,
        serial: arguments.value("--serial"),
        reason: reason,
        at: systemTime()
    )
    try await publish(folder, arguments, "revoked \(count) of \(id)")
}

// MARK: List

private func list(_ arguments: ParsedArguments) async throws {
    let devices = try await withStoreForReading(arguments) { store, _ in
        try await store.devices()
    }
    let ledger = try arguments.authorities().ledger()
    let registered = Dictionary(
        devices.filter { $0.removedAt == nil }.map { ($0.id.rawValue, $0) },
        uniquingKeysWith: { $1 }
    )
    var certificates: [String: [CertificateLedger.Entry]] = [:]
    for entry in ledger?.entries ?? [] where entry.kind == .device || entry.kind == .hub {
        certificates[entry.name, default: []].append(entry)
    }
    for name in Set(registered.keys).union(certificates.keys).sorted() {
        let line = DeviceLine(name, registered[name], certificates[name] ?? [])
        writeLine(arguments.has("--json") ? line.json : line.text)
    }
}

/// One line of the list.
private struct DeviceLine {
    let name: String
    let device: Device?
    let certificates: [CertificateLedger.Entry]

    init(_ name: String, _ device: Device?, _ certificates: [CertificateLedger.Entry]) {
        self.name = name
        self.device = device
        self.certificates = certificates
    }

    private var site: String { (device?.site ?? certificates.last?.site)?.rawValue ?? "" }
    private var isHub: Bool { certificates.last?.kind == .hub }

    var text: String {
        let standing =
            isHub ? "hub" : device.map { "registered \($0.profile)" } ?? "not registered"
        let listed = certificates.map { entry in
            let state = entry.revokedAt.map { "revoked \($0)" } ?? "until \(entry.expiresAt)"
            return "; \(entry.serial) \(state)"
        }
        return "\(name) \(site) \(standing)\(listed.joined())"
    }

    var json: String {
        var writer = JSONWriter()
        writer.object {
            $0.key("id")
            $0.value(name)
            $0.key("site")
            $0.value(site)
            $0.key("hub")
            $0.value(isHub)
            $0.key("registered")
            $0.value(device != nil)
            if let device {
                $0.key("profile")
                $0.value(device.profile)
                $0.key("periodSeconds")
                $0.value(device.periodSeconds)
            }
            $0.key("certificates")
            $0.array { array in for entry in certificates { write(entry, into: &array) } }
        }
        return writer.text
    }

    private func write(_ entry: CertificateLedger.Entry, into writer: inout JSONWriter) {
        writer.object {
            $0.key("serial")
            $0.value(entry.serial)
            $0.key("authority")
            $0.value(entry.authority)
            $0.key("expiresAt")
            $0.value("\(entry.expiresAt)")
            $0.key("revoked")
            $0.value(entry.revokedAt != nil)
            if let reason = entry.reason {
                $0.key("reason")
                $0.value(reason.rawValue)
            }
        }
    }
}
