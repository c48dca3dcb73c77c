import Wire

/// How a payload is written.
enum PayloadForm: Sendable, Equatable {
    /// The project's own JSON.
    case native
    /// RFC 8428 in JSON.
    case senMLJSON
    /// RFC 8428 in CBOR.
    case senMLCBOR
    /// FHIR R4 in JSON.
    case fhir
    /// As the device's profile says.
    case profile

    /// The name in `telehealth decode`.
    var name: String {
        switch self {
        case .native: "native"
        case .senMLJSON: "senml+json"
        case .senMLCBOR: "senml+cbor"
        case .fhir: "fhir"
        case .profile: "profile"
        }
    }

    /// The form that a content type names; parameters and the case of letters say nothing.
    init?(contentType: Span<UInt8>) {
        let name = contentType.extracting(0..<contentType.mediaTypeCount)
        if name.equalsIgnoringCase("application/json") {
            self = .native
        } else if name.equalsIgnoringCase("application/senml+json") {
            self = .senMLJSON
        } else if name.equalsIgnoringCase("application/senml+cbor") {
            self = .senMLCBOR
        } else if name.equalsIgnoringCase("application/fhir+json") {
            self = .fhir
        } else {
            return nil
        }
    }

    /// The form that the first byte tells of a payload without content type and profile.
    ///
    /// An object may still be FHIR's: `isFHIR` looks, once it has proved to be no native payload.
    init(sniffing bytes: Span<UInt8>) {
        var index = 0
        if bytes.startsWithMark { index = 3 }
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            case UInt8(ascii: "["):
                self = .senMLJSON
                return
            // No text starts like this: an array of CBOR, or the tag of self-described CBOR.
            case 0x80...0x9F where index == 0, 0xD9 where index == 0:
                self = .senMLCBOR
                return
            default:
                self = .native
                return
            }
        }
        self = .native
    }
}

extension Span<UInt8> {
    /// How many bytes the media type has, without parameters and the spaces before them.
    var mediaTypeCount: Int {
        var end = 0
        while end < count, self[end] != UInt8(ascii: ";"), self[end] != UInt8(ascii: " ") {
            end += 1
        }
        return end
    }

    /// Whether a byte order mark stands first, as some FHIR servers write it.
    var startsWithMark: Bool {
        count >= 3 && self[0] == 0xEF && self[1] == 0xBB && self[2] == 0xBF
    }

    /// Whether the bytes are the ASCII text, whose letters are small ones, in either case.
    func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard text.utf8CodeUnitCount == count else { return false }
        return text.withUTF8Buffer { expected in
            for index in indices {
                let byte = self[index]
                let isCapital = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
                if unsafe expected[index] != (isCapital ? byte | 0x20 : byte) { return false }
            }
            return true
        }
    }

    /// Whether this is a JSON object with FHIR's mark, `resourceType`.
    var isFHIR: Bool {
        var cursor = JSONCursor(offset: startsWithMark ? 3 : 0)
        do throws(JSONError) {
            guard try cursor.peek(self) == .object else { return false }
            try cursor.enterObject(self)
            while let key = try cursor.nextKey(self) {
                if key.equals("resourceType", self) { return true }
                try cursor.skipValue(self)
            }
        } catch {
            return false
        }
        return false
    }
}
