import Store
import Vocabulary
import Wire

/// Reads a device's payloads: the content type chooses the form, else the device's profile, else
/// the payload's first byte.
struct PayloadDecoder {
    /// The profiles that devices can be registered with.
    private(set) var profiles: [DeviceProfile] = []
    private var native = NativeDecoder()
    private var senML = SenMLDecoder()
    private var fhir = FHIRDecoder()
    private var vendor = ProfileDecoder()
    private let limits: IngestLimits

    init(limits: IngestLimits, profiles: [DeviceProfile] = []) {
        self.limits = limits
        self.profiles = profiles
    }

    /// Takes other profiles; look them up anew afterwards.
    mutating func setProfiles(_ profiles: [DeviceProfile]) {
        self.profiles = profiles
    }

    /// The profile with this name.
    func profile(named name: String) -> ProfileReference {
        if name == DeviceProfile.native { return .native }
        return profiles.firstIndex { $0.name == name }.map { .loaded($0) } ?? .missing
    }

    /// Reads a payload of readings into `payload`, which is reset first.
    ///
    /// `application/json` is the native form, or FHIR's if it bears its mark. A content type that names no form is refused, unless
    /// the device has a profile; `now` is when the payload was received.
    mutating func decode(
        _ bytes: Span<UInt8>,
        contentType: Span<UInt8>,
        profile: ProfileReference = .native,
        at now: Instant,
        into payload: inout DecodedPayload
    ) throws(Refusal) {
        payload.reset()
        guard bytes.count <= limits.payloadBytes else {
            throw Refusal(
                .limit,
                "the payload has \(bytes.count) bytes, at most \(limits.payloadBytes) are read"
            )
        }
        let form = try form(of: bytes, contentType, profile)
        payload.form = form
        switch form {
        case .native:
            try readObject(bytes, &payload)
        case .senMLJSON, .senMLCBOR:
            try senML.decode(
                bytes,
                as: form,
                dialect: dialect(profile),
                readingLimit: limits.readingsPerMessage,
                at: now,
                into: &payload
            )
        case .fhir:
            try fhir.decode(bytes, readingLimit: limits.readingsPerMessage, into: &payload)
        case .profile:
            guard case .loaded(let index) = profile, case .json(let map) = profiles[index].shape
            else { preconditionFailure("a form of a profile's without a profile for JSON") }
            try vendor.decode(
                bytes,
                by: map,
                readingLimit: limits.readingsPerMessage,
                into: &payload
            )
        }
    }

    private func form(
        of bytes: Span<UInt8>,
        _ contentType: Span<UInt8>,
        _ profile: ProfileReference
    ) throws(Refusal) -> PayloadForm {
        if !contentType.isEmpty {
            let isClaimed =
                if case .loaded(let index) = profile {
                    profiles[index].claims(contentType.extracting(0..<contentType.mediaTypeCount))
                } else {
                    false
                }
            if !isClaimed, let form = PayloadForm(contentType: contentType) { return form }
        }
        switch profile {
        case .native:
            guard contentType.isEmpty else {
                throw Refusal(
                    .undecodable,
                    "no decoder for this content type; send application/json,"
                        + " application/senml+json, application/senml+cbor or"
                        + " application/fhir+json, or give the device a profile"
                )
            }
            return PayloadForm(sniffing: bytes)
        case .missing:
            throw Refusal(
                .undecodable,
                "the device's profile is not loaded; restore its file or register another profile"
            )
        case .loaded(let index):
            if case .json = profiles[index].shape { return .profile }
            let sniffed = PayloadForm(sniffing: bytes)
            return sniffed == .senMLCBOR ? .senMLCBOR : .senMLJSON
        }
    }

    /// Reads an object as the native form, and as FHIR when it bears FHIR's mark.
    ///
    /// Only what the native form does not know is looked at twice.
    private mutating func readObject(
        _ bytes: Span<UInt8>,
        _ payload: inout DecodedPayload
    ) throws(Refusal) {
        do throws(Refusal) {
            try native.decode(bytes, readingLimit: limits.readingsPerMessage, into: &payload)
            guard payload.unknownFields > 0, bytes.isFHIR else { return }
        } catch {
            guard bytes.isFHIR else { throw error }
        }
        payload.reset()
        payload.form = .fhir
        try fhir.decode(bytes, readingLimit: limits.readingsPerMessage, into: &payload)
    }

    private func dialect(_ profile: ProfileReference) -> SenMLDialect? {
        guard case .loaded(let index) = profile, case .senML(let dialect) = profiles[index].shape
        else { return nil }
        return dialect
    }
}

/// The profile of a device, as its decoder finds it.
enum ProfileReference: Sendable, Equatable {
    /// The project's own form, or what the first byte tells.
    case native
    /// The profile at this place among those that are loaded.
    case loaded(Int)
    /// A profile that is not loaded any more.
    case missing
}
