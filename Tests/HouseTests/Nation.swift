import Clinical
import Scheduler
import Store
import Vocabulary

/// The small nation of a run: two clinics, a hospital, doctors, patients with one device each.
struct Nation {
    /// 2026-11-20T01:00:00Z, 08:00 local time.
    static let start = Instant(seconds: 1_795_136_400)
    static let province = ProvinceID(trusted: "44")

    let sites: [Site]
    let doctors: [Doctor]
    let patients: [Patient]
    let devices: [Device]
    let bindings: [DeviceBinding]

    init(doctors count: Int, patients patientCount: Int, periodSeconds: Int) {
        let hospital = Nation.site("hospital", tier: .central, stations: 4, chain: [])
        let clinics = (1...2).map {
            Nation.site("clinic-\($0)", tier: .commune, stations: 2, chain: [hospital.id])
        }
        sites = [hospital] + clinics
        doctors = (1...count).map {
            Doctor(
                id: DoctorID(trusted: "doctor-\($0)"),
                name: "Dr \($0)",
                // One of them works at a clinic, so that one chain has a doctor of its site.
                hospital: $0 == count ? clinics[0].id : hospital.id,
                specialties: [.emergency],
                languages: [.vietnamese],
                bufferMinutes: 0,
                presence: .onCall
            )
        }
        patients = (1...patientCount).map {
            Patient(
                id: PatientID(trusted: "patient-\($0)"),
                number: PatientNumber($0),
                site: clinics[$0 % 2].id,
                birthYear: 1_960,
                sex: .female
            )
        }
        devices = patients.map {
            Device(
                id: DeviceID(trusted: "device-\($0.number)"),
                number: $0.number,
                site: $0.site,
                periodSeconds: periodSeconds
            )
        }
        bindings = zip(devices, patients).map {
            DeviceBinding(device: $0.id, patient: $1.id, from: Nation.start - .hours(24))
        }
    }

    var changes: [Change] {
        sites.map(Change.site) + doctors.map(Change.doctor) + patients.map(Change.patient)
            + devices.map(Change.device) + bindings.map(Change.binding)
    }

    /// The topic of a device, without its leaf.
    func topic(of device: Int) -> String {
        "telehealth/v1/\(Nation.province)/\(devices[device].site)/\(devices[device].id)"
    }

    private static func site(
        _ id: String,
        tier: SiteTier,
        stations: Int,
        chain: [SiteID]
    ) -> Site {
        Site(
            id: SiteID(trusted: id),
            name: id,
            province: province,
            provinceName: "Quảng Trị",
            ward: "",
            latitude: 16.6,
            longitude: 106.7,
            tier: tier,
            stations: stations,
            chain: chain
        )
    }
}
