import Clinical
import Gateway
import Scheduler
import Store
import Vocabulary
import Wire

/// Reads devices and their bindings from a table; a known id changes that device.
struct DeviceRows {
    let sites: Set<SiteID>
    let patients: [Patient]
    let existing: [Device]
    let bindings: [DeviceBinding]
    /// The names that a device can be registered with.
    let profiles: [String]

    func read(_ text: String, columns: [String], at now: Instant) throws -> [Change] {
        let table = try CSVTable(text, columns: columns)
        let known = Dictionary(existing.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let patients = Dictionary(self.patients.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        var standing: [DeviceID: DeviceBinding] = [:]
        for binding in bindings where binding.until == nil { standing[binding.device] = binding }
        var next = (existing.map(\.number).max() ?? 0) + 1
        var seen: Set<DeviceID> = []
        var changes: [Change] = []
        var errors: [CSVError] = []
        for row in table.rows {
            do {
                let id: DeviceID = try row.identifier("device")
                guard !BrokerConfiguration.isReserved(id.rawValue, coordinator: nil) else {
                    throw row.error("device", "the broker gives this name more rights")
                }
                guard seen.insert(id).inserted else {
                    throw row.error("device", "stands twice in the file")
                }
                let site: SiteID = try row.identifier("site")
                guard sites.contains(site) else { throw row.error("site", "there is no such site") }
                let profile = row["profile"] ?? DeviceProfile.native
                guard profiles.contains(profile) else {
                    throw row.error("profile", DeviceProfiles.unknown(among: profiles))
                }
                var device =
                    known[id] ?? Device(id: id, number: next, site: site, profile: profile)
                if known[id] == nil { next += 1 }
                device.site = site
                if row["profile"] != nil { device.profile = profile }
                device.removedAt = nil
                let binding = try binding(row, of: device, patients, standing[id], at: now)
                changes.append(.device(device))
                changes += binding
            } catch let error as CSVError {
                errors.append(error)
            }
        }
        guard errors.isEmpty else { throw TableErrors(errors) }
        return changes
    }

    private func binding(
        _ row: CSVRow,
        of device: Device,
        _ patients: [PatientID: Patient],
        _ standing: DeviceBinding?,
        at now: Instant
    ) throws(CSVError) -> [Change] {
        guard row["patient"] != nil else { return [] }
        let id: PatientID = try row.identifier("patient")
        guard let patient = patients[id] else {
            throw row.error("patient", "there is no such patient; import patients first")
        }
        guard patient.site == device.site else {
            throw row.error("patient", "the patient is at another site")
        }
        var from = now
        if let text = row["boundFrom"] {
            guard let given = Instant(rfc3339: text) else {
                throw row.error("boundFrom", "expected an RFC 3339 time with zone")
            }
            from = given
        }
        guard var standing else {
            return [.binding(DeviceBinding(device: device.id, patient: id, from: from))]
        }
        if standing.patient == id { return [] }
        guard standing.from < from else {
            throw row.error("boundFrom", "must come after the binding that stands")
        }
        standing.until = from
        return [
            .binding(standing),
            .binding(DeviceBinding(device: device.id, patient: id, from: from)),
        ]
    }
}
