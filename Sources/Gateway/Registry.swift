public import Clinical
public import Scheduler
public import Store
public import Vocabulary

/// Which device may publish what about whom: sites, devices, bindings and boots, by topic bytes.
///
/// A look-up of a device by the bytes of its topic allocates nothing.
public struct Registry: Sendable {
    /// That a device measures a patient, half-open.
    struct Interval: Sendable {
        var patient: PatientNumber
        var from: Instant
        var until: Instant
    }

    /// One device with what is needed to judge its messages.
    struct Entry: Sendable {
        var device: Device
        var name: [UInt8]
        var site: [UInt8]
        /// Empty as long as the site is not known: nothing matches it.
        var province: [UInt8]
        /// Whether its certificate was revoked.
        var isRefused = false
        var intervals: [Interval] = []
        var boots: [(text: [UInt8], number: Int32)] = []
    }

    /// The most boots a device may show; a device that shows more is broken or hostile.
    static let bootLimit = 10_000

    private(set) var entries: [Entry] = []
    private var slots: [DeviceNumber: Int] = [:]
    private var patients: [Patient] = []
    /// The places in `patients`, by id and by number.
    private var placeByID: [PatientID: Int32] = [:]
    private var placeByNumber: [PatientNumber: Int32] = [:]
    private var provinces: [SiteID: ProvinceID] = [:]
    private var refused: Set<String> = []
    /// The slots of `entries` by name, open addressing.
    ///
    /// Free places hold −1; the size is a power of two.
    private var table = [Int32](repeating: -1, count: 1_024)

    /// An empty registry.
    public init() {}

    // MARK: Changes

    /// Prepares for that many.
    mutating func makeRoom(patients: Int, devices: Int) {
        self.patients.reserveCapacity(patients)
        entries.reserveCapacity(devices)
    }

    /// Takes a site, new or changed.
    public mutating func register(_ site: Site) {
        provinces[site.id] = site.province
        let name = Array(site.id.rawValue.utf8)
        for slot in entries.indices where entries[slot].site == name {
            entries[slot].province = Array(site.province.rawValue.utf8)
        }
    }

    /// Takes a patient, new or changed.
    public mutating func register(_ patient: Patient) {
        if let place = placeByID[patient.id] {
            patients[Int(place)] = patient
            return
        }
        placeByID[patient.id] = Int32(patients.count)
        placeByNumber[patient.number] = Int32(patients.count)
        patients.append(patient)
    }

    /// Takes a device, new or changed.
    public mutating func register(_ device: Device) {
        let site = Array(device.site.rawValue.utf8)
        let province = provinces[device.site].map { Array($0.rawValue.utf8) } ?? []
        if let slot = slots[device.number] {
            entries[slot].device = device
            entries[slot].site = site
            entries[slot].province = province
            return
        }
        let name = Array(device.id.rawValue.utf8)
        slots[device.number] = entries.count
        entries.append(Entry(device: device, name: name, site: site, province: province))
        entries[entries.count - 1].isRefused = refused.contains(device.id.rawValue)
        if entries.count * 2 > table.count {
            table = [Int32](repeating: -1, count: table.count * 2)
            for slot in entries.indices { place(slot) }
        } else {
            place(entries.count - 1)
        }
    }

    /// Marks the devices whose certificate was revoked, and nobody else.
    public mutating func refuse(_ devices: Set<String>) {
        refused = devices
        for slot in entries.indices {
            entries[slot].isRefused = devices.contains(entries[slot].device.id.rawValue)
        }
    }

    /// Takes a binding; an open one of the device ends where this one starts.
    ///
    /// A binding of a device or a patient that is not registered is passed over.
    public mutating func bind(_ binding: DeviceBinding) {
        guard let patient = patient(binding.patient)?.number,
            let slot = slot(named: Array(binding.device.rawValue.utf8).span)
        else { return }
        var intervals = entries[slot].intervals
        intervals.removeAll { $0.from == binding.from }
        for index in intervals.indices
        where intervals[index].from < binding.from && intervals[index].until > binding.from {
            intervals[index].until = binding.from
        }
        intervals.append(
            Interval(
                patient: patient,
                from: binding.from,
                until: binding.until ?? .distantFuture
            )
        )
        intervals.sort { $0.from < $1.from }
        entries[slot].intervals = intervals
    }

    /// Takes a boot that the store knows.
    public mutating func register(_ boot: DeviceBoot) {
        guard let slot = slots[boot.device] else { return }
        entries[slot].boots.append((Array(boot.boot.utf8), boot.number))
    }

    // MARK: Look-ups

    /// The slot of the device with this name.
    func slot(named name: Span<UInt8>) -> Int? {
        var index = Int(truncatingIfNeeded: name.hashed()) & (table.count - 1)
        while table[index] >= 0 {
            let slot = Int(table[index])
            if name.equals(entries[slot].name) { return slot }
            index = (index + 1) & (table.count - 1)
        }
        return nil
    }

    /// The slot of the device with this number.
    func slot(of device: DeviceNumber) -> Int? { slots[device] }

    /// The patient that the device measures at `instant`.
    func patient(_ slot: Int, at instant: Instant) -> PatientNumber? {
        // The newest interval is nearly always the one.
        for interval in entries[slot].intervals.reversed()
        where interval.from <= instant && instant < interval.until {
            return interval.patient
        }
        return nil
    }

    /// The boot's number; a boot not seen before gets the next one and is reported in `new`.
    ///
    /// Nil when the device has shown more boots than are taken.
    mutating func boot(
        _ slot: Int,
        _ text: Span<UInt8>,
        new: inout [DeviceBoot]
    ) -> Int32? {
        if let number = number(ofBoot: text, slot) { return number }
        guard entries[slot].boots.count < Registry.bootLimit else { return nil }
        let number = (entries[slot].boots.map(\.number).max() ?? 0) + 1
        let bytes = text.copied()
        entries[slot].boots.append((bytes, number))
        new.append(
            DeviceBoot(
                device: entries[slot].device.number,
                number: number,
                boot: String(decoding: bytes, as: UTF8.self)
            )
        )
        return number
    }

    /// The number of a boot that was interned before; nil for one that was not.
    func number(ofBoot text: Span<UInt8>, _ slot: Int) -> Int32? {
        // The newest boot is nearly always the one.
        for index in entries[slot].boots.indices.reversed()
        where text.equals(entries[slot].boots[index].text) {
            return entries[slot].boots[index].number
        }
        return nil
    }

    /// The text of a boot that was interned before.
    func text(ofBoot number: Int32, _ slot: Int) -> String? {
        entries[slot].boots.last { $0.number == number }
            .map { String(decoding: $0.text, as: UTF8.self) }
    }

    /// The patient's record.
    public func patient(_ id: PatientID) -> Patient? { placeByID[id].map { patients[Int($0)] } }

    /// The id of a patient by number.
    public func patientID(_ number: PatientNumber) -> PatientID? {
        placeByNumber[number].map { patients[Int($0)].id }
    }

    /// The province of a site that is registered.
    public func province(of site: SiteID) -> ProvinceID? { provinces[site] }

    /// The provinces that have sites.
    var knownProvinces: Set<ProvinceID> { Set(provinces.values) }

    /// The devices.
    public var devices: [Device] { entries.map(\.device) }

    private mutating func place(_ slot: Int) {
        let mask = table.count - 1
        let name = entries[slot].name
        var index = Int(truncatingIfNeeded: name.span.hashed()) & mask
        while table[index] >= 0 { index = (index + 1) & mask }
        table[index] = Int32(slot)
    }
}
