import Clinical
import Store
import Wire

/// Why one sign of a reading was left out, although the reading could be read.
///
/// A plain value, so that readings stay without references.
struct UnitDoubt: Error, Equatable {
    /// What is doubted.
    enum Kind: UInt8 {
        /// The value came without a unit.
        case noUnit
        /// The unit is not known, or of another dimension than the sign.
        case wrongUnit
        /// The unit is not registered for SenML and no profile allows it.
        case unregistered
        /// A ratio was promised, and the value is above 1.
        case percentAsRatio
        /// No patient shows the value, but one could in another unit of the dimension.
        case otherUnit
        /// "Less than", "greater than": the value is not what was measured.
        case comparator
        /// A word for the validity that the profile does not know.
        case quality
    }

    let kind: Kind
    let sign: Sign

    /// The refusal that the payload is quarantined with; the reading's other signs count.
    var refusal: Refusal {
        let name = sign.name
        switch kind {
        case .noUnit: return Refusal(.ambiguousUnit, "'\(name)' came without its unit")
        case .wrongUnit:
            return Refusal(.ambiguousUnit, "'\(name)' came in a unit that does not measure it")
        case .unregistered:
            return Refusal(
                .ambiguousUnit,
                "the unit of '\(name)' is not registered for SenML; give the device a profile"
                    + " that allows it"
            )
        case .percentAsRatio:
            return Refusal(
                .ambiguousUnit,
                "'\(name)' is above 1 in a unit of ratios; percent is '/100'"
            )
        case .otherUnit:
            return Refusal(
                .ambiguousUnit,
                "'\(name)' fits another unit than the one it came in; correct the unit or the"
                    + " profile"
            )
        case .comparator:
            return Refusal(.undecodable, "'\(name)' came with a comparator, so it is no value")
        case .quality:
            return Refusal(.undecodable, "the profile does not know the quality of '\(name)'")
        }
    }
}

extension DecodedReading {
    /// Leaves a sign out and remembers why, the first time.
    mutating func doubt(_ kind: UnitDoubt.Kind, _ sign: Sign) {
        values[sign] = nil
        doubt = doubt ?? UnitDoubt(kind: kind, sign: sign)
    }

    /// Takes a quantity in a unit of the sign's own dimension, or leaves it out with a doubt.
    mutating func take(_ value: ExactDecimal, in unit: MeasureUnit, of sign: Sign) {
        guard unit.dimension == sign.dimension else { return doubt(.wrongUnit, sign) }
        guard let magnitude = Magnitude(value, in: unit.scale) else {
            oversized.insert(SignSet(sign))
            return
        }
        if unit.isRatio, magnitude > Magnitude(100) { return doubt(.percentAsRatio, sign) }
        let isPressure = Sign.bloodPressures.contains(sign)
        if fitsAnotherUnit(value, magnitude, unit, sign) {
            // Who errs in one pressure's unit errs in the others'.
            if isPressure {
                arePressuresMisread = true
                Sign.bloodPressures.forEachSign { values[$0] = nil }
            }
            return doubt(.otherUnit, sign)
        }
        guard !isPressure || !arePressuresMisread else { return }
        values[sign] = magnitude
    }

    /// Whether no patient shows the magnitude, but one could in a common unit beside its own.
    private func fitsAnotherUnit(
        _ value: ExactDecimal,
        _ magnitude: Magnitude,
        _ unit: MeasureUnit,
        _ sign: Sign
    ) -> Bool {
        guard Plausibility.standard.verdict(sign, magnitude) == .implausible else { return false }
        return MeasureUnit.all.contains { other in
            guard other.isCommon, other.dimension == unit.dimension, other.scale != unit.scale,
                let converted = Magnitude(value, in: other.scale)
            else { return false }
            return Plausibility.standard.verdict(sign, converted) == .plausible
        }
    }
}

extension Sign {
    /// What one cuff measures at once.
    fileprivate static let bloodPressures: SignSet = [
        SignSet(.systolicPressure), SignSet(.diastolicPressure), SignSet(.meanPressure),
    ]
}
