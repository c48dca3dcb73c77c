import Foundation
public import Vocabulary

/// Who takes part: the devices, clinics and doctors that a coordinator knows, with their secrets.
///
/// `telehealth demo` writes it as JSON; see `telehealth-sim nation --help`.
public struct Population: Sendable, Codable {
    /// Where the broker is.
    public var mqtt: Broker
    /// The coordinator's address, such as `http://127.0.0.1:8080`; nil when only devices take part.
    public var http: String?
    /// The devices.
    public var devices: [DeviceAccount]
    /// The clinics whose staff take part.
    public var clinics: [ClinicAccount]
    /// The doctors who take part.
    public var doctors: [DoctorAccount]

    /// A broker's address.
    public struct Broker: Sendable, Codable {
        /// Name or address.
        public var host: String
        /// Port.
        public var port: Int

        /// A broker.
        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// One device and its patient.
    public struct DeviceAccount: Sendable, Codable {
        /// The device.
        public var id: DeviceID
        /// The site's province, as in topics.
        public var province: ProvinceID
        /// The site.
        public var site: SiteID
        /// The patient it is bound to.
        public var patient: PatientID
        /// Its name at the broker; nil for none.
        public var username: String?
        /// Its password at the broker; nil for none.
        public var password: String?
        /// Seconds between its readings; nil for 5.
        public var periodSeconds: Double?
        /// What happens to it or its patient; nil to draw it.
        public var scenario: Scenario?

        /// A device.
        public init(
            id: DeviceID,
            province: ProvinceID,
            site: SiteID,
            patient: PatientID,
            username: String? = nil,
            password: String? = nil,
            periodSeconds: Double? = nil,
            scenario: Scenario? = nil
        ) {
            self.id = id
            self.province = province
            self.site = site
            self.patient = patient
            self.username = username
            self.password = password
            self.periodSeconds = periodSeconds
            self.scenario = scenario
        }
    }

    /// One clinic's signed-in staff.
    public struct ClinicAccount: Sendable, Codable {
        /// The site.
        public var site: SiteID
        /// The account.
        public var user: UserID
        /// The bearer token of a signed-in session; nil to log in with the password.
        public var token: String?
        /// The password, when there is no token.
        public var password: String?
    }

    /// One signed-in doctor.
    public struct DoctorAccount: Sendable, Codable {
        /// The doctor.
        public var doctor: DoctorID
        /// The account.
        public var user: UserID
        /// The bearer token of a signed-in session; nil to log in with the password.
        public var token: String?
        /// The password, when there is no token.
        public var password: String?
    }

    private enum CodingKeys: String, CodingKey {
        case mqtt
        case http
        case devices
        case clinics
        case doctors
    }

    /// A population.
    public init(mqtt: Broker, http: String?, devices: [DeviceAccount]) {
        self.mqtt = mqtt
        self.http = http
        self.devices = devices
        clinics = []
        doctors = []
    }

    /// Decodes; lists that are absent are empty.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        mqtt = try container.decode(Broker.self, forKey: .mqtt)
        http = try container.decodeIfPresent(String.self, forKey: .http)
        devices = try container.decodeIfPresent([DeviceAccount].self, forKey: .devices) ?? []
        clinics = try container.decodeIfPresent([ClinicAccount].self, forKey: .clinics) ?? []
        doctors = try container.decodeIfPresent([DoctorAccount].self, forKey: .doctors) ?? []
    }

    /// Reads a population file; throws `SimulationError` with the place that is wrong.
    public init(file path: String) throws {
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            self = try JSONDecoder().decode(Population.self, from: data)
        } catch let error as DecodingError {
            throw SimulationError("\(path) is no population file: \(place(of: error))")
        } catch {
            throw SimulationError("cannot read \(path): \(error.localizedDescription)")
        }
    }
}

/// Why a simulation cannot go on, in one line that says what to do.
public struct SimulationError: Error, Sendable, CustomStringConvertible {
    /// The line.
    public let description: String

    /// An error with its line.
    public init(_ description: String) {
        self.description = description
    }
}

/// Where in the JSON the decoder stopped, and why.
private func place(of error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context):
        "\(path(context.codingPath)) lacks '\(key.stringValue)'"
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
        .dataCorrupted(let context):
        "\(path(context.codingPath)): \(context.debugDescription)"
    @unknown default: "it cannot be decoded"
    }
}

private func path(_ keys: [any CodingKey]) -> String {
    let text = keys.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }.joined()
    return text.isEmpty ? "the top level" : text
}
