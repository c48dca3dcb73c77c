import Clinical
import Scheduler
import Store
import Vocabulary

/// The registry in memory: sites, doctors, patients, devices and bindings, as stored.
///
/// Reads cost no database; a change is stored first and shows here afterwards. One actor, so that
/// numbers are given out once.
actor Directory {
    private let store: any Store
    private var sites: [SiteID: Site] = [:]
    private var siteOrder: [SiteID] = []
    private var siteText: [SiteID: SearchText] = [:]
    private var doctors: [DoctorID: Doctor] = [:]
    private var interpreters: [InterpreterID: Interpreter] = [:]
    private var patients: [PatientID: Patient] = [:]
    private var patientsOfSite: [SiteID: [PatientID]] = [:]
    private var patientOfNumber: [PatientNumber: PatientID] = [:]
    private var devices: [DeviceID: Device] = [:]
    private var devicesOfSite: [SiteID: [DeviceID]] = [:]
    private var deviceOfNumber: [DeviceNumber: DeviceID] = [:]
    private var bindingOfDevice: [DeviceID: DeviceBinding] = [:]
    /// Patients whose limits are being stored.
    private var changing: Set<PatientID> = []
    private var nextPatient: PatientNumber = 1
    private var nextDevice: DeviceNumber = 1

    init(store: any Store) async throws(StoreError) {
        self.store = store
        try await load()
    }

    /// Reads everything again; used at start and after an import from the command line.
    func load() async throws(StoreError) {
        let sites = try await store.sites()
        let doctors = try await store.doctors()
        let interpreters = try await store.interpreters()
        let patients = try await store.patients()
        let devices = try await store.devices()
        let bindings = try await store.bindings()
        for site in sites { index(site) }
        siteOrder = self.sites.keys.sorted()
        for doctor in doctors { self.doctors[doctor.id] = doctor }
        for interpreter in interpreters { self.interpreters[interpreter.id] = interpreter }
        for patient in patients { index(patient) }
        for device in devices { index(device) }
        for binding in bindings where binding.until == nil {
            bindingOfDevice[binding.device] = binding
        }
    }

    // MARK: Sites and doctors

    /// The site, or nil.
    func site(_ id: SiteID) -> Site? { sites[id] }

    /// Every site, by id.
    func allSites() -> [Site] { siteOrder.compactMap { sites[$0] } }

    /// Sites that match, by id, after the cursor.
    func sites(
        province: ProvinceID?,
        tier: SiteTier?,
        query: String?,
        after cursor: String?,
        limit: Int
    ) -> [Site] {
        let query = query.map(SearchText.init)
        var found: [Site] = []
        for id in siteOrder where cursor.map({ id.rawValue > $0 }) ?? true {
            guard let site = sites[id],
                province == nil || site.province == province,
                tier == nil || site.tier == tier
            else { continue }
            if let query, siteText[id]?.matches(query) != true { continue }
            found.append(site)
            if found.count == limit { break }
        }
        return found
    }

    /// The doctor, or nil.
    func doctor(_ id: DoctorID) -> Doctor? { doctors[id] }

    /// Doctors that match, by id, after the cursor.
    func doctors(
        specialty: Specialty?,
        site: SiteID?,
        after cursor: String?,
        limit: Int
    ) -> [Doctor] {
        let matching = doctors.values.filter { doctor in
            (specialty.map { doctor.specialties.contains($0) } ?? true)
                && (site == nil || doctor.hospital == site)
                && (cursor.map { doctor.id.rawValue > $0 } ?? true)
        }
        return Array(matching.sorted { $0.id < $1.id }.prefix(limit))
    }

    /// The doctor as it is from now on, with what else belongs into the transaction.
    func put(_ doctor: Doctor, with changes: [Change]) async throws(StoreError) {
        try await store.apply([.doctor(doctor)] + changes)
        doctors[doctor.id] = doctor
    }

    // MARK: Interpreters

    /// The interpreter, or nil.
    func interpreter(_ id: InterpreterID) -> Interpreter? { interpreters[id] }

    /// Interpreters who speak the language, by id, after the cursor.
    func interpreters(
        speaking language: Language?,
        after cursor: String?,
        limit: Int
    ) -> [Interpreter] {
        let matching = interpreters.values.filter { interpreter in
            (language.map { interpreter.languages.contains($0) } ?? true)
                && (cursor.map { interpreter.id.rawValue > $0 } ?? true)
        }
        return Array(matching.sorted { $0.id < $1.id }.prefix(limit))
    }

    /// The interpreter as it is from now on, with what else belongs into the transaction.
    func put(_ interpreter: Interpreter, with changes: [Change]) async throws(StoreError) {
        try await store.apply([.interpreter(interpreter)] + changes)
        interpreters[interpreter.id] = interpreter
    }

    // MARK: Tables

    /// Which of a table's records are new or differ from what stands here.
    func news(of changes: [Change]) -> (added: Int, changed: [Change]) {
        var added = 0
        let changed = changes.filter { change in
            let isNew: Bool
            let isOther: Bool
            switch change {
            case .site(let site): (isNew, isOther) = compare(site, sites[site.id])
            case .doctor(let doctor): (isNew, isOther) = compare(doctor, doctors[doctor.id])
            case .interpreter(let interpreter):
                (isNew, isOther) = compare(interpreter, interpreters[interpreter.id])
            default: (isNew, isOther) = (false, true)
            }
            if isNew { added += 1 }
            return isOther
        }
        return (added, changed)
    }

    /// Sites, doctors and interpreters of a table as they are from now on.
    func put(_ table: [Change], with changes: [Change]) async throws(StoreError) {
        try await store.apply(table + changes)
        for change in table {
            switch change {
            case .site(let site): index(site)
            case .doctor(let doctor): doctors[doctor.id] = doctor
            case .interpreter(let interpreter): interpreters[interpreter.id] = interpreter
            default: break
            }
        }
        siteOrder = sites.keys.sorted()
    }

    private func compare<Record: Equatable>(
        _ record: Record,
        _ standing: Record?
    ) -> (isNew: Bool, isOther: Bool) {
        (standing == nil, standing != record)
    }

    // MARK: Patients

    /// The patient, or nil.
    func patient(_ id: PatientID) -> Patient? { patients[id] }

    /// A site's patients, by id, after the cursor.
    func patients(of site: SiteID, after cursor: String?, limit: Int) -> [Patient] {
        let ids = patientsOfSite[site] ?? []
        return ids.lazy.filter { id in cursor.map { id.rawValue > $0 } ?? true }
            .prefix(limit).compactMap { self.patients[$0] }
    }

    /// How many patients there are.
    var patientCount: Int { patients.count }

    /// Stores a new patient under a new number; throws a conflict when the id is taken.
    func add(
        with changes: [Change],
        _ make: (PatientNumber) throws -> Patient
    ) async throws -> Patient {
        let patient = try make(nextPatient)
        guard patients[patient.id] == nil else {
            throw Problem.conflict("exists", "there is a patient with this id; choose another")
        }
        nextPatient += 1
        patients[patient.id] = patient
        do {
            try await store.apply([.patient(patient)] + changes)
        } catch {
            patients[patient.id] = nil
            throw error
        }
        index(patient)
        return patient
    }

    /// The patient as it is from now on.
    func put(_ patient: Patient, with changes: [Change]) async throws(StoreError) {
        try await store.apply([.patient(patient)] + changes)
        index(patient)
    }

    /// Gives the patient own limits and returns the record.
    ///
    /// Throws a 412 problem when the limits are not `expected` any more, where that is given, and a
    /// conflict while another change of the patient's limits is being stored.
    func setLimits(
        _ limits: AlarmLimits,
        of id: PatientID,
        unlessChangedFrom expected: AlarmLimits??,
        with changes: [Change]
    ) async throws -> Patient {
        guard var patient = patients[id] else { throw Problem.notFound }
        if let expected, expected != patient.limits {
            throw Problem(412, "changed", "it changed since you read it; read it again")
        }
        guard changing.insert(id).inserted else {
            throw Problem.conflict("changing", "somebody else sets them just now; read them again")
        }
        defer { changing.remove(id) }
        patient.limits = limits
        try await store.apply([.patient(patient)] + changes)
        index(patient)
        return patient
    }

    // MARK: Devices

    /// The device, or nil when there is none or it was removed.
    func device(_ id: DeviceID) -> Device? {
        devices[id].flatMap { $0.removedAt == nil ? $0 : nil }
    }

    /// Whether there neither is nor was a device of this id.
    func isUnknown(_ id: DeviceID) -> Bool { devices[id] == nil }

    /// The device with the number that readings carry, or nil.
    func device(number: DeviceNumber) -> DeviceID? { deviceOfNumber[number] }

    /// Devices of a site or of all sites, by id, after the cursor.
    func devices(of site: SiteID?, after cursor: String?, limit: Int) -> [Device] {
        let ids = site.map { devicesOfSite[$0] ?? [] } ?? devices.keys.sorted()
        return ids.lazy.filter { id in cursor.map { id.rawValue > $0 } ?? true }
            .compactMap { self.device($0) }.prefix(limit).map { $0 }
    }

    /// The readings with the ids behind their numbers; those of unknown numbers are left out.
    func named(_ readings: [Reading]) -> [(Reading, PatientID, DeviceID)] {
        readings.compactMap { reading in
            guard let patient = patientOfNumber[reading.patient],
                let device = deviceOfNumber[reading.device]
            else { return nil }
            return (reading, patient, device)
        }
    }

    /// How many devices there are.
    var deviceCount: Int { devices.values.lazy.filter { $0.removedAt == nil }.count }

    /// The patient a device measures now.
    func binding(of device: DeviceID) -> DeviceBinding? { bindingOfDevice[device] }

    /// Stores a new device under a new number; throws a conflict when the id is or was taken.
    func add(
        with changes: [Change],
        _ make: (DeviceNumber) throws -> Device
    ) async throws -> Device {
        let device = try make(nextDevice)
        guard devices[device.id] == nil else {
            throw Problem.conflict(
                "exists",
                "there is or was a device with this id; choose another"
            )
        }
        nextDevice += 1
        devices[device.id] = device
        do {
            try await store.apply([.device(device)] + changes)
        } catch {
            devices[device.id] = nil
            throw error
        }
        index(device)
        return device
    }

    /// The device as it is from now on.
    func put(_ device: Device, with changes: [Change]) async throws(StoreError) {
        try await store.apply([.device(device)] + changes)
        index(device)
    }

    /// Binds a device to a patient from a time on; what it was bound to ends then.
    func bind(_ binding: DeviceBinding, with changes: [Change]) async throws(StoreError) {
        var all: [Change] = [.binding(binding)]
        if var before = bindingOfDevice[binding.device], before.from < binding.from {
            before.until = binding.from
            all.insert(.binding(before), at: 0)
        }
        try await store.apply(all + changes)
        bindingOfDevice[binding.device] = binding
    }

    // MARK: Indexes

    private func index(_ site: Site) {
        sites[site.id] = site
        siteText[site.id] = SearchText("\(site.name) \(site.ward) \(site.provinceName)")
    }

    private func index(_ patient: Patient) {
        if patientOfNumber.updateValue(patient.id, forKey: patient.number) == nil {
            insert(patient.id, into: &patientsOfSite[patient.site, default: []])
        } else if let before = patients[patient.id], before.site != patient.site {
            patientsOfSite[before.site]?.removeAll { $0 == patient.id }
            insert(patient.id, into: &patientsOfSite[patient.site, default: []])
        }
        patients[patient.id] = patient
        nextPatient = max(nextPatient, patient.number + 1)
    }

    private func index(_ device: Device) {
        if deviceOfNumber.updateValue(device.id, forKey: device.number) == nil {
            insert(device.id, into: &devicesOfSite[device.site, default: []])
        }
        devices[device.id] = device
        nextDevice = max(nextDevice, device.number + 1)
    }

    /// Keeps a list of identifiers in order.
    private func insert<Subject>(_ id: Identifier<Subject>, into list: inout [Identifier<Subject>])
    {
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if list[middle] < id { low = middle + 1 } else { high = middle }
        }
        if low == list.count || list[low] != id { list.insert(id, at: low) }
    }
}
