import Clinical
import Coordinator
import Foundation
import Scheduler
import Vocabulary

/// The file that tells the simulator who is who (`telehealth-sim --population`).
struct PopulationFile: Encodable {
    struct Broker: Encodable {
        let host: String
        let port: Int
    }

    struct DeviceEntry: Encodable {
        let id: DeviceID
        let province: ProvinceID
        let site: SiteID
        let patient: PatientID
        let username: String
        let password: String
        let periodSeconds: Int
    }

    struct ClinicEntry: Encodable {
        let site: SiteID
        let user: UserID
        let token: String
    }

    struct DoctorEntry: Encodable {
        let doctor: DoctorID
        let user: UserID
        let token: String
    }

    let mqtt: Broker
    let http: String
    let devices: [DeviceEntry]
    let clinics: [ClinicEntry]
    let doctors: [DoctorEntry]

    /// Everybody of the population but the site and doctor whose log-ins are printed, so that
    /// whoever signs in there answers alone.
    init(
        _ population: DemoPopulation,
        brokerPort: Int,
        http: String,
        simulatesShown: Bool,
        token: (UserID) throws -> String
    ) throws {
        mqtt = Broker(host: "127.0.0.1", port: brokerPort)
        self.http = http
        devices = population.wearers.map { wearer in
            DeviceEntry(
                id: wearer.device.id,
                province: wearer.province,
                site: wearer.device.site,
                patient: wearer.patient.id,
                username: wearer.device.id.rawValue,
                password: wearer.password,
                periodSeconds: wearer.device.periodSeconds
            )
        }
        let sites = Set(population.wearers.map(\.device.site))
        clinics = try population.sites.filter { site in
            sites.contains(site.id) && (simulatesShown || site.id != population.shownSite.id)
        }.map { site in
            let user = DemoPopulation.clinicAccount(site)
            return ClinicEntry(site: site.id, user: user, token: try token(user))
        }
        doctors = try population.doctors.filter { doctor in
            simulatesShown || doctor.id != population.shownDoctor.id
        }.map { doctor in
            let user = DemoPopulation.doctorAccount(doctor)
            return DoctorEntry(doctor: doctor.id, user: user, token: try token(user))
        }
    }

    /// Writes the file for its owner alone: it holds tokens.
    func write(to path: String) throws {
        let data = try JSONEncoder().encode(self)
        guard
            FileManager.default.createFile(
                atPath: path,
                contents: data,
                attributes: [.posixPermissions: 0o600]
            )
        else { throw CommandFailure("cannot write \(path); check free space") }
    }
}
