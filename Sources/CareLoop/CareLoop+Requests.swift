import Scheduler
import Signalling
public import Vocabulary

/// Requests: asking for a consult and taking the request back.
extension CareLoop {
    /// Takes a request and searches for a doctor at once.
    ///
    /// One open request a patient and specialty: another one is refused with the open one's id.
    public mutating func requestAsked(
        _ draft: ConsultDraft,
        at now: Instant
    ) throws(CareRefusal) -> (id: RequestID, effects: [CareEffect]) {
        guard roster.site(draft.site) != nil else { throw .unknownSite }
        if let open = openRequest(of: draft.patient, specialty: draft.specialty) {
            throw .duplicate(open)
        }
        let request = try request(draft, id: .fresh("req", using: &random), at: now)
        var step = CareStep(request.id)
        cases[request.id] = CareCase(request)
        step.audit("request", "request/\(request.id)")
        step.say(.request, "asked")
        let effects = finish(step, at: now) + settle(at: now)
        return (request.id, effects)
    }

    /// Takes a request back, and whatever was booked for it.
    ///
    /// The asking site and operations may; not once the two are in consult.
    public mutating func requestCancelled(
        _ id: RequestID,
        by party: CareParty,
        at now: Instant
    ) throws(CareRefusal) -> [CareEffect] {
        guard let care = cases[id] else { throw .unknownRequest }
        switch party {
        case .site(let site): guard site == care.request.site else { throw .notYours }
        case .operations: break
        case .doctor, .interpreter: throw .notYours
        }
        if care.booking?.state == .inSession { throw .notInState("inSession") }
        return cancel(id, why: "the request was taken back", at: now) + settle(at: now)
    }

    /// Ends a request without a consult.
    mutating func cancel(
        _ id: RequestID,
        as bookingState: BookingState = .cancelled,
        why: String,
        at now: Instant
    ) -> [CareEffect] {
        guard var care = cases[id] else { return [] }
        var step = CareStep(id)
        if !care.rings.isEmpty { wakeSearching(for: nil, site: care.request.site, at: now) }
        for ring in care.rings {
            end(ring, as: .withdrawn, why: why, of: &care, in: &step, at: now)
        }
        release(&care, as: bookingState, why: why, in: &step, at: now)
        care.request.state = .cancelled
        cases[id] = care
        step.audit("cancel", "request/\(id)")
        step.say(.request, why)
        return finish(step, at: now)
    }

    func openRequest(of patient: PatientID, specialty: Specialty) -> RequestID? {
        requestsOfPatient[patient]?.sorted().first { cases[$0]?.request.specialty == specialty }
    }

    /// The request that the draft asks for, with what it leaves out.
    func request(
        _ draft: ConsultDraft,
        id: RequestID,
        at now: Instant
    ) throws(CareRefusal) -> ConsultRequest {
        let policy = policy(of: draft.site)
        let planned = Int(policy.length[draft.urgency].wholeMilliseconds / 60_000)
        let minutes = draft.durationMinutes ?? planned
        let earliest = max(draft.earliest ?? now, now)
        let latestStart = earliest + policy.due[draft.urgency]
        let deadline = draft.deadline ?? latestStart + .minutes(minutes)
        guard (5...240).contains(minutes), earliest + .minutes(minutes) <= deadline else {
            throw .badWindow
        }
        for site in draft.group?.sites ?? [] where roster.site(site.site) == nil {
            throw .unknownSite
        }
        var request = ConsultRequest(
            id: id,
            site: draft.site,
            patient: draft.patient,
            specialty: draft.specialty,
            urgency: draft.urgency,
            earliest: earliest,
            deadline: deadline,
            durationMinutes: minutes,
            languages: draft.languages,
            modality: draft.modality,
            preferredDoctor: draft.preferredDoctor,
            preferredHospital: draft.preferredHospital,
            sealedReason: draft.sealedReason,
            origin: draft.origin,
            openedAt: now
        )
        request.group = draft.group
        return request.carried(by: roster.site(draft.site)?.link)
    }
}
