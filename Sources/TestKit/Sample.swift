public import Clinical
public import Scheduler
public import Signalling
public import Store
public import Vocabulary

/// Valid records to start a test from: site `site-1`, doctor `doctor-1`, patient `patient-1`,
/// device `device-1`, and so on.
public enum Sample {
    /// 2026-11-20T00:00:00Z, where a `ManualClock` starts.
    public static let start = Instant(seconds: 1_795_132_800)

    /// Site `site-n`.
    public static func site(_ number: Int = 1, stations: Int = 1) -> Site {
        Site(
            id: SiteID(trusted: "site-\(number)"),
            name: "Trạm y tế số \(number)",
            province: ProvinceID(trusted: "44"),
            provinceName: "Quảng Trị",
            ward: "Khe Sanh",
            latitude: 16.62,
            longitude: 106.73,
            tier: .commune,
            stations: stations,
            chain: []
        )
    }

    /// Doctor `doctor-n` at `site-1`.
    public static func doctor(_ number: Int = 1) -> Doctor {
        Doctor(
            id: DoctorID(trusted: "doctor-\(number)"),
            name: "BS. Nguyễn Văn \(number)",
            hospital: SiteID(trusted: "site-1"),
            specialties: [.cardiology],
            languages: [.vietnamese]
        )
    }

    /// Patient `patient-n`, number n, of `site-1`.
    public static func patient(_ number: Int32 = 1) -> Patient {
        Patient(
            id: PatientID(trusted: "patient-\(number)"),
            number: number,
            site: SiteID(trusted: "site-1"),
            birthYear: 1_950,
            sex: .female
        )
    }

    /// Device `device-n`, number n, of `site-1`.
    public static func device(_ number: Int32 = 1) -> Device {
        Device(
            id: DeviceID(trusted: "device-\(number)"),
            number: number,
            site: SiteID(trusted: "site-1")
        )
    }

    /// A reading of heart rate and saturation, `minute` minutes after `start`.
    public static func reading(
        device: Int32 = 1,
        patient: Int32 = 1,
        boot: Int32 = 1,
        sequence: Int64,
        minute: Int = 0
    ) -> Reading {
        let at = start + .minutes(minute)
        var reading = Reading(
            device: device,
            patient: patient,
            boot: boot,
            sequence: sequence,
            at: at,
            receivedAt: at + .seconds(1)
        )
        reading[.heartRate] = Magnitude(72)
        reading[.oxygenSaturation] = Magnitude(97)
        return reading
    }

    /// Alarm `alarm-n` of `patient-1` at `site-1`, raised n minutes after `start`.
    public static func alarm(_ number: Int = 1) -> Alarm {
        let at = start + .minutes(number)
        return Alarm(
            id: AlarmID(trusted: "alarm-\(number)"),
            patient: PatientID(trusted: "patient-1"),
            site: SiteID(trusted: "site-1"),
            cause: .low(.oxygenSaturation),
            priority: .high,
            condition: .present,
            signal: .on,
            sampleAt: at,
            sampleReceivedAt: at,
            raisedAt: at,
            changedAt: at
        )
    }

    /// Request `request-n` of `patient-1` at `site-1`, opened n minutes after `start`.
    public static func request(_ number: Int = 1, site: Int = 1) -> ConsultRequest {
        let at = start + .minutes(number)
        return ConsultRequest(
            id: RequestID(trusted: "request-\(number)"),
            site: SiteID(trusted: "site-\(site)"),
            patient: PatientID(trusted: "patient-1"),
            specialty: .cardiology,
            urgency: .urgent,
            earliest: at,
            deadline: at + .hours(1),
            durationMinutes: 20,
            languages: [.vietnamese],
            origin: .clinic,
            openedAt: at
        )
    }

    /// Booking `booking-n` of `request-1`, from `minute` on for `length` minutes and a buffer.
    public static func booking(
        _ number: Int = 1,
        doctor: Int = 1,
        site: Int = 1,
        patient: Int = 1,
        minute: Int = 0,
        length: Int = 20,
        buffer: Int = 5,
        state: BookingState = .confirmed
    ) -> Booking {
        let begin = start + .minutes(minute)
        let end = begin + .minutes(length)
        return Booking(
            id: BookingID(trusted: "booking-\(number)"),
            request: RequestID(trusted: "request-1"),
            doctor: DoctorID(trusted: "doctor-\(doctor)"),
            site: SiteID(trusted: "site-\(site)"),
            patient: PatientID(trusted: "patient-\(patient)"),
            start: begin,
            end: end,
            doctorFreeAt: end + .minutes(buffer),
            state: state,
            answerBy: nil,
            reasons: ["speaks the patient's language"],
            madeAt: start
        )
    }

    /// Session `session-n` of `booking-1`.
    public static func session(_ number: Int = 1) -> SessionRecord {
        SessionRecord(
            id: SessionID(trusted: "session-\(number)"),
            booking: BookingID(trusted: "booking-1"),
            request: RequestID(trusted: "request-1"),
            patient: PatientID(trusted: "patient-1"),
            site: SiteID(trusted: "site-1"),
            doctor: DoctorID(trusted: "doctor-1"),
            at: start
        )
    }

    /// An audit entry, `number` seconds after `start`.
    public static func auditEntry(_ number: Int = 1, principal: String = "nurse") -> AuditEntry {
        AuditEntry(
            at: start + .seconds(number),
            principal: principal,
            action: "read",
            object: "patient/patient-1",
            address: "127.0.0.1",
            detail: "vitals"
        )
    }

    /// A refused payload of `device` 1, boot 1.
    public static func refused(sequence: Int64? = nil, size: Int = 3) -> QuarantinedPayload {
        QuarantinedPayload(
            receivedAt: start,
            topic: "th/1/44/site-1/device-1/vitals",
            payload: [UInt8](repeating: 0x7B, count: size),
            contentType: "application/senml+json",
            code: .undecodable,
            detail: "the payload is not JSON; check the device's firmware",
            device: sequence == nil ? nil : 1,
            boot: sequence == nil ? nil : 1,
            sequence: sequence
        )
    }

    /// Two sites, three doctors, two patients, two devices and `request-1`: what a booking needs.
    public static let registry: [Change] = [
        .site(site(1)), .site(site(2, stations: 2)),
        .doctor(doctor(1)), .doctor(doctor(2)), .doctor(doctor(3)),
        .patient(patient(1)), .patient(patient(2)),
        .device(device(1)), .device(device(2)),
        .request(request(1)),
    ]
}
