import Clinical
import Gateway
import Scheduler
import Signalling
import Store
import Vocabulary

/// The named schemas of the API: one for each shape that an answer or a body can have.
enum Schemas {
    static let named: [(String, Schema)] = [
        ("Problem", problem), ("Login", login), ("Account", account), ("Site", site),
        ("Doctor", doctor), ("Availability", availability),
        ("AvailabilityChange", availabilityChange), ("CalendarAddress", calendarAddress),
        ("Interpreter", interpreter), ("Opening", opening), ("OpeningChange", openingChange),
        ("Holiday", holiday), ("Forecast", forecast), ("Patient", patient),
        ("Series", series), ("Score", score), ("AlarmLimits", limits),
        ("LimitReplay", limitReplay), ("Incident", incident), ("Device", device),
        ("Quarantined", quarantined), ("Alarm", alarm), ("Timeline", timeline),
        ("Request", request), ("Explanation", explanation), ("Booking", booking), ("Slot", slot),
        ("Hold", hold), ("Entry", entry),
        ("Session", session), ("Ticket", ticket), ("Statistics", .map(.any)),
        ("AuditEntry", auditEntry), ("Broker", broker), ("Command", command),
        ("WhatIf", whatIf), ("HourPrices", hourPrices), ("Equity", equity),
        ("User", user), ("Import", imported),
    ]

    private static func words<Choice: RawRepresentable<String> & CaseIterable>(
        _ type: Choice.Type
    ) -> Schema {
        .choice(type.allCases.map(\.rawValue))
    }

    static let problem = Schema.object(
        [
            ("type", .string), ("title", .string), ("status", .integer), ("code", .string),
            ("detail", .string), ("alternatives", .list(.any)),
        ],
        optional: ["alternatives"]
    )

    static let roles = Schema.list(words(Role.self))

    static let login = Schema.object(
        [
            ("token", .string), ("expiresAt", .instant), ("user", .identifier), ("roles", roles),
            ("site", .identifier), ("doctor", .identifier), ("interpreter", .identifier),
            ("csrf", .string),
        ],
        optional: ["site", "doctor", "interpreter"]
    )

    static let account = Schema.object(
        [
            ("expiresAt", .instant), ("user", .identifier), ("roles", roles),
            ("site", .identifier), ("doctor", .identifier), ("interpreter", .identifier),
            ("csrf", .string),
        ],
        optional: ["site", "doctor", "interpreter"]
    )

    static let tier = Schema.choice(SiteTier.allCases.map(\.name))

    static let site = Schema.object(
        [
            ("id", .identifier), ("name", .string), ("province", .identifier),
            ("provinceName", .string), ("ward", .string), ("latitude", .number),
            ("longitude", .number), ("tier", tier), ("stations", .integer(1...1_000)),
            ("chain", .list(.identifier)), ("opening", .list(weeklyWindow)),
            ("link", words(LinkQuality.self)),
            (
                "openingExceptions",
                .object([("closures", .list(window)), ("additions", .list(window))], optional: [])
            ),
            (
                "presence",
                .object(
                    [
                        ("staffOnline", .integer), ("devicesOnline", .integer),
                        ("lastSeenAt", .instant),
                    ],
                    optional: ["lastSeenAt"]
                )
            ),
        ],
        optional: ["opening", "openingExceptions", "link"]
    )

    private static let openingMembers: [(String, Schema)] = [
        ("weekly", .list(weeklyWindow)), ("closures", .list(window)),
        ("additions", .list(window)),
    ]

    /// What a site's hours are set to; no `weekly` is around the clock.
    static let openingHours = Schema.object(
        openingMembers,
        optional: ["weekly", "closures", "additions"]
    )

    static let opening = Schema.object(
        [("site", .identifier)] + openingMembers,
        optional: ["weekly"]
    )

    /// What a change of a site's hours made of them, and which bookings it leaves behind.
    static let openingChange = Schema.object(
        [("site", .identifier)] + openingMembers
            + [("isPreview", .boolean), ("stranded", .list(strandedBooking))],
        optional: ["weekly"]
    )

    private static let strandedBooking = Schema.object(
        [
            ("booking", .identifier), ("site", .identifier), ("start", .instant),
            ("end", .instant), ("state", words(BookingState.self)),
        ],
        optional: []
    )

    private static let window = Schema.object(
        [("from", .instant), ("until", .instant)],
        optional: []
    )

    private static let weeklyWindow = Schema.object(
        [
            ("weekday", .integer(1...7)), ("fromMinute", .integer(0...1_439)),
            ("untilMinute", .integer(1...2_880)),
        ],
        optional: []
    )

    static let interpreter = Schema.object(
        [
            ("id", .identifier), ("name", .string), ("languages", .list(.string)),
            ("availability", .named("Availability")), ("calendarAddress", addressNumber),
        ],
        optional: ["calendarAddress"]
    )

    private static let addressNumber = Schema.object(
        [("number", .integer), ("isOpen", .boolean)],
        optional: []
    )

    /// Who else has part in a booking.
    private static let claim = Schema.object(
        [
            ("kind", .choice(["doctor", "site", "interpreter"])), ("id", .identifier),
            ("name", .string), ("specialty", .string), ("required", .boolean),
            ("state", words(ClaimState.self)),
        ],
        optional: ["specialty"]
    )

    static let availability = Schema.object(
        [
            (
                "weekly",
                .list(weeklyWindow)
            ),
            ("absences", .list(window)), ("additions", .list(window)), ("onCall", .list(window)),
            ("weeklyOnCall", .list(weeklyWindow)),
            (
                "rotas",
                .list(
                    .object(
                        [
                            ("first", window), ("everyDays", .integer(1...366)),
                            ("ends", .instant),
                        ],
                        optional: ["ends"]
                    )
                )
            ),
            ("busy", .list(window)), ("worksHolidays", .boolean),
        ],
        optional: ["weeklyOnCall", "rotas", "busy", "worksHolidays"]
    )

    /// What a change of hours made of the doctor, and which bookings it leaves behind.
    static let availabilityChange = Schema.object(
        doctorMembers + [
            ("isPreview", .boolean),
            ("stranded", .list(strandedBooking)),
            (
                "calendar",
                .object([("events", .integer), ("free", .integer)], optional: [])
            ),
        ],
        optional: optionalDoctorMembers.union(["calendar"])
    )

    static let calendarAddress = Schema.object([("url", .nullable(.string))], optional: [])

    static let forecast = Schema.object(
        [
            ("at", .instant), ("province", .identifier),
            (
                "items",
                .list(
                    .object(
                        [
                            ("specialty", .string), ("doctors", .integer),
                            ("freeDoctors", .integer), ("consultMinutes", .number),
                            ("consultsMeasured", .integer), ("recordedDays", .integer(0...7)),
                            ("waits", .list(wait)), ("hours", .list(forecastHour)),
                        ],
                        optional: []
                    )
                )
            ),
        ],
        optional: ["province"]
    )

    private static let wait = Schema.object(
        [
            ("urgency", words(Urgency.self)), ("waitSeconds", .integer),
            ("slipSeconds", .integer), ("ahead", .integer),
        ],
        optional: ["waitSeconds"]
    )

    private static let forecastHour = Schema.object(
        [
            ("from", .instant), ("until", .instant), ("arrivals", .number),
            ("demandMinutes", .number), ("supplyMinutes", .number), ("onCallMinutes", .number),
            ("unservedMinutes", .number), ("isShort", .boolean),
        ],
        optional: []
    )

    static let holiday = Schema.object([("date", .string), ("name", .string)], optional: [])

    static let doctor = Schema.object(doctorMembers, optional: optionalDoctorMembers)

    private static let optionalDoctorMembers: Set<String> = [
        "calendarAddress", "lastSeenAt", "longestRunMinutes", "dailyLoadMinutes",
    ]

    private static let doctorMembers: [(String, Schema)] = [
        ("id", .identifier), ("name", .string), ("hospital", .identifier),
        ("hospitalName", .string), ("specialties", .list(.string)),
        ("languages", .list(.string)), ("licensedProvinces", .list(.identifier)),
        ("availability", .named("Availability")), ("bufferMinutes", .integer(0...240)),
        ("presence", words(Presence.self)), ("reachable", .boolean), ("lastSeenAt", .instant),
        ("calendarAddress", addressNumber), ("longestRunMinutes", .integer(5...1_440)),
        ("dailyLoadMinutes", .integer(5...1_440)),
    ]

    private static let band = Schema.choice(["low", "low-medium", "medium", "high"])
    private static let scoreState = Schema.choice(["complete", "partial", "stale"])

    static let patient = Schema.object(
        [
            ("id", .identifier), ("site", .identifier), ("birthYear", .integer(1900...2100)),
            ("sex", words(Sex.self)), ("spo2Scale", .integer(1...2)), ("scalePrescriber", .string),
            ("pregnant", .boolean), ("languages", .list(.string)),
            (
                "score",
                .object(
                    [
                        ("total", .integer), ("band", band), ("red", .boolean),
                        ("state", scoreState), ("low", .integer), ("high", .integer),
                        ("at", .instant),
                    ],
                    optional: []
                )
            ),
            (
                "latest",
                .map(
                    .object(
                        [
                            ("value", .any), ("at", .instant), ("device", .identifier),
                            ("validity", .string),
                        ],
                        optional: ["device"]
                    )
                )
            ),
        ],
        optional: ["scalePrescriber", "score", "latest"]
    )

    static let series = Schema.object(
        [
            ("patient", .identifier), ("resolution", .choice(["raw", "1m", "1h"])),
            ("from", .instant), ("to", .instant), ("series", .map(.list(.list(.number)))),
        ],
        optional: []
    )

    static let score = Schema.object(
        [
            ("patient", .identifier), ("at", .instant), ("applicable", .boolean),
            ("total", .integer), ("band", band), ("red", .boolean), ("state", scoreState),
            ("low", .integer), ("high", .integer), ("points", .map(.integer)),
            (
                "pews",
                .object(
                    [
                        ("total", .integer), ("low", .integer), ("high", .integer),
                        ("points", .map(.integer)),
                    ],
                    optional: []
                )
            ),
            (
                "inputs",
                .list(
                    .object(
                        [
                            ("sign", .string), ("value", .any), ("at", .instant),
                            ("ageSeconds", .integer), ("device", .identifier),
                            ("validity", .string), ("points", .integer), ("stale", .boolean),
                        ],
                        optional: ["device", "points"]
                    )
                )
            ),
        ],
        optional: ["total", "band", "red", "state", "low", "high", "pews"]
    )

    static let limits = Schema.object(
        [
            (
                "signs",
                .list(
                    .object(
                        [
                            ("sign", .choice(Sign.allCases.map(\.name))), ("low", .number),
                            ("high", .number), ("hysteresis", .number),
                            ("dwellSeconds", .integer(0...3_600)), ("samples", .integer(1...100)),
                            ("priority", words(AlarmPriority.self)),
                        ],
                        optional: ["low", "high"]
                    )
                )
            ),
            ("setBy", .identifier), ("setAt", .instant),
        ],
        optional: ["setBy", "setAt"]
    )

    static let limitReplay = Schema.object(
        [
            ("patient", .identifier), ("from", .instant), ("to", .instant), ("readings", .integer),
            ("monitoredHours", .integer), ("before", replaySide), ("proposed", replaySide),
        ],
        optional: []
    )

    private static let replaySide = Schema.object(
        [
            ("total", .integer), ("perPatientDay", .number),
            (
                "alarms",
                .list(
                    .object(
                        [
                            ("cause", .string), ("priority", words(AlarmPriority.self)),
                            ("count", .integer), ("perPatientDay", .number),
                        ],
                        optional: []
                    )
                )
            ),
        ],
        optional: []
    )

    static let deviceLink = Schema.object(
        [
            (
                "clockOffsetMilliseconds",
                .object([("low", .integer), ("high", .integer)], optional: [])
            ),
            ("lastReceiptAt", .instant), ("gaps", .integer),
            (
                "readings",
                .object(
                    [("live", .integer), ("late", .integer), ("backfill", .integer)],
                    optional: []
                )
            ),
        ],
        optional: ["clockOffsetMilliseconds", "lastReceiptAt"]
    )

    static let device = Schema.object(
        [
            ("id", .identifier), ("site", .identifier), ("profile", .string),
            ("periodSeconds", .integer(1...86_400)), ("state", .choice(["online", "offline"])),
            ("lastSeenAt", .instant), ("patient", .identifier),
            (
                "credentials",
                .object(
                    [
                        ("username", .string), ("password", .string), ("host", .string),
                        ("port", .integer), ("topic", .string),
                    ],
                    optional: []
                )
            ),
            ("link", deviceLink),
        ],
        optional: ["lastSeenAt", "patient", "credentials", "link"]
    )

    static let quarantined = Schema.object(
        [
            ("id", .integer), ("receivedAt", .instant), ("topic", .string),
            ("contentType", .string), ("code", words(QuarantineCode.self)), ("detail", .string),
            ("device", .identifier),
            ("sequence", .integer), ("size", .integer), ("resolvedAt", .instant),
        ],
        optional: ["contentType", "device", "sequence", "resolvedAt"]
    )

    static let alarm = Schema.object(
        [
            ("id", .identifier), ("patient", .identifier), ("site", .identifier),
            ("siteName", .string), ("cause", .string), ("priority", words(AlarmPriority.self)),
            ("condition", .choice(["absent", "pending", "present"])),
            ("signal", .choice(["off", "on", "latched", "acknowledged"])),
            (
                "responsibility",
                .choice(["unassigned", "offered", "accepted", "rejected", "expired"])
            ),
            ("sampleAt", .instant), ("sampleReceivedAt", .instant), ("raisedAt", .instant),
            ("changedAt", .instant), ("score", .integer), ("acknowledgedBy", .identifier),
            ("acknowledgedAt", .instant), ("escalation", .integer), ("request", .identifier),
            ("closedAt", .instant), ("offers", .list(offer)), ("pauses", .list(pause)),
            (
                "incident",
                .object(
                    [("id", .identifier), ("openedAt", .instant), ("isSuppressed", .boolean)],
                    optional: []
                )
            ),
        ],
        optional: [
            "score", "acknowledgedBy", "acknowledgedAt", "request", "closedAt", "offers", "pauses",
            "incident",
        ]
    )

    static let incident = Schema.object(
        [
            ("id", .identifier), ("site", .identifier), ("siteName", .string),
            ("openedAt", .instant), ("closedAt", .instant), ("children", .list(.named("Alarm"))),
        ],
        optional: ["closedAt"]
    )

    private static let offer = Schema.object(
        [
            ("number", .integer), ("to", words(EscalationRole.self)), ("at", .instant),
            ("priority", words(AlarmPriority.self)), ("until", .instant),
            (
                "state",
                .choice(["unassigned", "offered", "accepted", "rejected", "expired"])
            ),
            ("doctors", .list(.identifier)), ("answeredAt", .instant), ("answeredBy", .identifier),
        ],
        optional: ["doctors", "answeredAt", "answeredBy"]
    )

    private static let pause = Schema.object(
        [
            ("by", .identifier), ("at", .instant), ("until", .instant), ("endedAt", .instant),
        ],
        optional: ["endedAt"]
    )

    static let timeline = Schema.object(
        [
            ("alarm", .named("Alarm")),
            (
                "events",
                .list(
                    .object(
                        [("what", .string), ("at", .instant), ("detail", .string)],
                        optional: []
                    )
                )
            ),
        ],
        optional: []
    )

    private static let ringing = Schema.object(
        [
            ("round", .integer), ("step", .integer), ("until", .instant),
            (
                "steps",
                .list(
                    .object(
                        [
                            ("round", .integer), ("number", .integer),
                            ("width", words(RingWidth.self)), ("at", .instant),
                            ("until", .instant), ("doctors", .list(.identifier)),
                        ],
                        optional: []
                    )
                )
            ),
        ],
        optional: []
    )

    private static let ring = Schema.object(
        [
            ("round", .integer), ("step", .integer), ("deliveredAt", .instant),
            ("end", words(RingEnd.self)), ("endedAt", .instant),
        ],
        optional: ["deliveredAt", "end", "endedAt"]
    )

    static let request = Schema.object(
        [
            ("id", .identifier), ("site", .identifier), ("siteName", .string),
            ("patient", .identifier), ("specialty", .string), ("urgency", words(Urgency.self)),
            ("earliest", .instant), ("deadline", .instant), ("durationMinutes", .integer(1...480)),
            ("languages", .list(.string)), ("modality", words(Modality.self)),
            ("wishedModality", words(Modality.self)),
            ("preferredDoctor", .identifier), ("preferredHospital", .identifier),
            ("reason", .string), ("origin", .choice(["clinic", "alarm", "doctor"])),
            ("alarm", .identifier), ("openedAt", .instant), ("state", words(RequestState.self)),
            ("booking", .identifier), ("declinedBy", .list(.identifier)), ("ringing", ringing),
            ("changedAt", .instant),
            ("asked", .list(.identifier)), ("answeredBy", .identifier), ("answeredAt", .instant),
            ("answer", .string), ("furtherSites", ConsultBody.furtherSites),
            ("furtherSpecialties", ConsultBody.furtherSpecialties),
        ],
        optional: [
            "patient", "wishedModality", "preferredDoctor", "preferredHospital", "reason", "alarm",
            "booking", "ringing", "furtherSites", "furtherSpecialties", "asked", "answeredBy",
            "answeredAt",
            "answer",
        ]
    )

    static let explanation = Schema.object(
        [
            ("request", .identifier), ("state", words(RequestState.self)), ("summary", .string),
            ("doctor", .identifier), ("start", .instant), ("reasons", .list(.string)),
            (
                "alternatives",
                .list(
                    .object(
                        [
                            ("doctor", .identifier), ("name", .string), ("start", .instant),
                            ("loses", .list(.string)),
                        ],
                        optional: []
                    )
                )
            ),
            ("considered", .integer),
            (
                "rejections",
                .list(
                    .object(
                        [("rule", .string), ("count", .integer), ("text", .string)],
                        optional: []
                    )
                )
            ),
            (
                "nearest",
                .list(
                    .object(
                        [
                            ("doctor", .identifier), ("name", .string),
                            ("blockedBy", .list(.string)),
                        ],
                        optional: []
                    )
                )
            ),
            (
                "blocking",
                .list(.object([("rule", .string), ("text", .string)], optional: []))
            ),
            (
                "unlocks",
                .list(
                    .object(
                        [
                            ("rules", .list(.string)), ("text", .string),
                            ("doctor", .identifier), ("start", .instant),
                            ("booking", .identifier),
                        ],
                        optional: ["booking"]
                    )
                )
            ),
        ],
        optional: ["doctor", "start"]
    )

    static let whatIf = Schema.object(
        [
            (
                "moves",
                .list(
                    .object(
                        [
                            ("request", .identifier), ("booking", .identifier),
                            ("fromDoctor", .identifier), ("fromStart", .instant),
                            ("toDoctor", .identifier), ("toStart", .instant),
                        ],
                        optional: ["booking", "fromDoctor", "fromStart"]
                    )
                )
            ),
            ("stranded", .list(.identifier)), ("cost", .number), ("laterMinutes", .integer),
        ],
        optional: []
    )

    static let booking = Schema.object(
        [
            ("id", .identifier), ("request", .identifier), ("doctor", .identifier),
            ("doctorName", .string), ("site", .identifier), ("siteName", .string),
            ("patient", .identifier), ("start", .instant), ("end", .instant),
            ("state", words(BookingState.self)), ("answerBy", .instant), ("acceptedAt", .instant),
            ("session", .identifier), ("replaces", .identifier),
            ("reasons", .list(.string)), ("ring", ring), ("urgency", words(Urgency.self)),
            ("specialty", .string), ("claims", .list(claim)), ("madeAt", .instant),
            ("changedAt", .instant),
        ],
        optional: [
            "patient", "answerBy", "acceptedAt", "session", "replaces", "ring", "urgency",
            "specialty", "claims",
        ]
    )

    static let slot = Schema.object(
        [
            ("doctor", .identifier), ("doctorName", .string), ("start", .instant),
            ("end", .instant), ("reasons", .list(.string)), ("claims", .list(claim)),
        ],
        optional: ["claims"]
    )

    static let hold = Schema.object(
        [
            ("id", .identifier), ("request", .identifier), ("doctor", .identifier),
            ("start", .instant), ("end", .instant), ("expiresAt", .instant),
        ],
        optional: []
    )

    /// An `RTCIceServer`; a relay's password is good for minutes.
    static let relay = Schema.object(
        [("urls", .list(.string)), ("username", .string), ("credential", .string)],
        optional: ["username", "credential"]
    )

    static let entry = Schema.object(
        [
            ("session", .identifier), ("token", .string), ("url", .string),
            ("iceServers", .list(relay)), ("participant", .identifier),
            ("role", words(ParticipantRole.self)), ("expiresAt", .instant),
        ],
        optional: []
    )

    static let session = Schema.object(
        [
            ("id", .identifier), ("booking", .identifier), ("request", .identifier),
            ("patient", .identifier), ("site", .identifier), ("doctor", .identifier),
            ("state", words(SessionState.self)),
            (
                "timeline",
                .list(.object([("what", .string), ("at", .instant)], optional: []))
            ),
            ("urgency", words(Urgency.self)),
            (
                "steps",
                .list(
                    .object(
                        [("kind", words(SessionStepKind.self))] + statement,
                        optional: ["user"]
                    )
                )
            ),
            (
                "consents",
                .list(
                    .object(
                        [("purpose", words(ConsentPurpose.self)), ("granted", .boolean)]
                            + statement,
                        optional: ["user"]
                    )
                )
            ),
            (
                "outcome",
                .object(
                    [
                        ("disposition", words(Disposition.self)), ("note", .string),
                        ("by", .identifier), ("at", .instant),
                    ],
                    optional: []
                )
            ),
            ("changedAt", .instant),
        ],
        optional: ["patient", "outcome", "urgency"]
    )

    /// By whom, on what ground and when something of a session was stated.
    private static let statement: [(String, Schema)] = [
        ("by", words(ParticipantRole.self)), ("user", .string),
        ("basis", words(StatementBasis.self)), ("at", .instant),
    ]

    static let ticket = Schema.object(
        [("token", .string), ("url", .string), ("expiresAt", .instant)],
        optional: []
    )

    static let command = Schema.object(
        [
            ("id", .identifier), ("device", .identifier),
            ("kind", .choice(["setInterval", "measure", "showMessage"])),
            ("seconds", .integer), ("signs", .list(.string)), ("text", .string),
            ("state", words(DeviceCommand.State.self)), ("by", .identifier),
            ("issuedAt", .instant), ("expiresAt", .instant), ("changedAt", .instant),
            ("detail", .string),
        ],
        optional: ["seconds", "signs", "text", "detail"]
    )

    static let broker = Schema.object(
        [
            ("connected", .boolean),
            (
                "sessions",
                .list(
                    .object(
                        [
                            ("clientId", .string), ("provinces", .list(.identifier)),
                            ("connected", .boolean),
                        ],
                        optional: []
                    )
                )
            ),
            ("dropped", .integer), ("storedMessages", .integer), ("storedBytes", .integer),
            ("clients", .integer), ("uptimeSeconds", .integer), ("restarts", .integer),
            (
                "incidents",
                .list(
                    .object(
                        [
                            ("kind", words(BrokerIncident.Kind.self)), ("at", .instant),
                            ("messages", .integer), ("session", .string),
                        ],
                        optional: ["session"]
                    )
                )
            ),
        ],
        optional: ["dropped", "storedMessages", "storedBytes", "clients", "uptimeSeconds"]
    )

    static let auditEntry = Schema.object(
        [
            ("sequence", .integer), ("at", .instant), ("principal", .string), ("action", .string),
            ("object", .string), ("address", .string), ("detail", .string), ("hash", .string),
        ],
        optional: []
    )
}
