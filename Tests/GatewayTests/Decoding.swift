import Foundation
import Gateway
import Testing
import Vocabulary

/// The report of `telehealth decode`, read back.
struct Decoded {
    let text: String
    private let members: [String: Any]

    init(
        _ payload: [UInt8],
        _ contentType: String? = nil,
        profile: DeviceProfile? = nil,
        at now: Instant = Ground.now
    ) {
        text = decodeReport(
            payload: payload.span,
            contentType: contentType,
            profile: profile,
            at: now
        )
        let object = try? JSONSerialization.jsonObject(with: Data(text.utf8))
        members = object as? [String: Any] ?? [:]
    }

    init(
        _ payload: String,
        _ contentType: String? = nil,
        profile: DeviceProfile? = nil,
        at now: Instant = Ground.now
    ) {
        self.init(Array(payload.utf8), contentType, profile: profile, at: now)
    }

    var isGood: Bool { members["ok"] as? Bool == true }
    var code: String? { members["code"] as? String }
    var detail: String { members["detail"] as? String ?? "" }
    var form: String? { members["form"] as? String }
    var unknownFields: Int? { members["unknownFields"] as? Int }
    var updateSeconds: Double? { members["updateSeconds"] as? Double }
    var readings: [[String: Any]] { members["readings"] as? [[String: Any]] ?? [] }
    var refused: [[String: Any]] { members["refused"] as? [[String: Any]] ?? [] }
    var resolved: [[String: Any]] { members["resolved"] as? [[String: Any]] ?? [] }

    /// The numbers of one reading.
    func numbers(_ index: Int = 0) -> [String: Double] {
        guard index < readings.count else { return [:] }
        return (readings[index]["signs"] as? [String: Any] ?? [:]).compactMapValues {
            $0 as? Double
        }
    }

    /// A sign that is no number.
    func word(_ sign: String, _ index: Int = 0) -> String? {
        guard index < readings.count else { return nil }
        return (readings[index]["signs"] as? [String: Any])?[sign].map { "\($0)" }
    }

    func list(_ name: String, _ index: Int = 0) -> [String] {
        index < readings.count ? readings[index][name] as? [String] ?? [] : []
    }

    func at(_ index: Int = 0) -> String? {
        index < readings.count ? readings[index]["at"] as? String : nil
    }
}
