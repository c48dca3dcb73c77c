import Clinical
import Gateway
import Vocabulary

/// A patient with its score and latest values.
struct PatientView: Encodable {
    struct Latest: Encodable {
        let value: SignValueView
        let at: Instant
        let device: DeviceID?
        let validity: String
    }

    struct Score: Encodable {
        let total: Int
        let band: String
        let red: Bool
        let state: String
        let low: Int
        let high: Int
        let at: Instant
    }

    let id: PatientID
    let site: SiteID
    let birthYear: Int
    let sex: Sex
    let spo2Scale: SpO2Scale
    let scalePrescriber: String?
    let pregnant: Bool
    let languages: [Language]
    let score: Score?
    let latest: [String: Latest]?

    init(_ patient: Patient, _ snapshot: PatientSnapshot?, _ directory: Directory) async {
        id = patient.id
        site = patient.site
        birthYear = patient.birthYear
        sex = patient.sex
        spo2Scale = patient.spo2Scale
        scalePrescriber = patient.scalePrescriber
        pregnant = patient.pregnant
        languages = patient.languages
        score = snapshot?.assessment.flatMap { assessment in
            assessment.score.map {
                Score(
                    total: $0.total,
                    band: $0.band.rawValue,
                    red: $0.red,
                    state: assessment.state.rawValue,
                    low: assessment.low,
                    high: assessment.high,
                    at: assessment.at
                )
            }
        }
        guard let snapshot else {
            latest = nil
            return
        }
        var latest: [String: Latest] = [:]
        for sign in snapshot.latest {
            latest[sign.sign.name] = Latest(
                value: SignValueView(sign.sign, sign.value),
                at: sign.at,
                device: await directory.device(number: sign.device),
                validity: sign.validity.rawValue
            )
        }
        self.latest = latest
    }
}

/// A sign's value as shown: the letter of ACVPU, a truth value for oxygen, else a number.
struct SignValueView: Encodable {
    private let sign: Sign
    private let value: Magnitude

    init(_ sign: Sign, _ value: Magnitude) {
        self.sign = sign
        self.value = value
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch sign {
        case .consciousness:
            let level = ACVPU(rawValue: UInt8(clamping: value.rounded)) ?? .unresponsive
            try container.encode(String(level.letter))
        case .supplementalOxygen: try container.encode(value.rounded != 0)
        case .heartRate, .pulseRate, .oxygenSaturation, .respiratoryRate, .systolicPressure,
            .diastolicPressure, .meanPressure, .temperature, .glucose, .weight, .endTidalCO2,
            .oxygenFlow, .pain, .height:
            try container.encode(value.value)
        }
    }
}

/// NEWS2 with the origin of each input.
struct ScoreView: Encodable {
    struct Input: Encodable {
        let sign: Sign
        let value: SignValueView
        let at: Instant
        let ageSeconds: Int
        let device: DeviceID?
        let validity: String
        let points: Int
        let stale: Bool
    }

    let patient: PatientID
    let at: Instant
    let applicable: Bool
    let total: Int?
    let band: String?
    let red: Bool?
    let state: String?
    let low: Int?
    let high: Int?
    let points: [String: Int]
    let inputs: [Input]
    /// A child's score, where the deployment has it on.
    let pews: Pews?

    struct Pews: Encodable {
        let total: Int
        let low: Int
        let high: Int
        let points: [String: Int]

        init(_ score: PewsScore) {
            total = score.total
            low = score.total
            high = score.high
            points = Dictionary(
                score.points.map { ($0.key.name, $0.value) },
                uniquingKeysWith: { $1 }
            )
        }
    }

    init(
        _ patient: PatientID,
        _ assessment: News2Assessment?,
        pews: PewsScore?,
        at now: Instant,
        _ directory: Directory
    ) async {
        self.patient = patient
        self.pews = pews.map(Pews.init)
        at = assessment?.at ?? now
        applicable = assessment?.applicable ?? true
        let score = assessment?.score
        total = score?.total
        band = score?.band.rawValue
        red = score?.red
        state = score == nil ? nil : assessment?.state.rawValue
        low = score == nil ? nil : assessment?.low
        high = score == nil ? nil : assessment?.high
        var points: [String: Int] = [:]
        var inputs: [Input] = []
        for input in assessment?.inputs ?? [] {
            if let parameter = News2Parameter(input.sign) { points[parameter.name] = input.points }
            inputs.append(
                Input(
                    sign: input.sign,
                    value: SignValueView(input.sign, input.value),
                    at: input.at,
                    ageSeconds: input.ageSeconds,
                    device: await directory.device(number: input.device),
                    validity: input.validity.rawValue,
                    points: input.points,
                    stale: input.stale
                )
            )
        }
        self.points = points
        self.inputs = inputs
    }
}
