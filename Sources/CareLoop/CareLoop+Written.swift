public import Scheduler
import Signalling
public import Vocabulary

/// Store and forward: requests that a doctor answers in writing, without a meeting.
///
/// Nothing is booked. A few suitable doctors are asked, after a pause a few more, and the first
/// answer is the request's end. What nobody answers by the deadline is shown to people like any
/// other request, and can still be answered.
extension CareLoop {
    /// How many doctors are asked at a time.
    static let writersAtOnce = 3

    /// Takes a doctor's answer, which ends the request.
    ///
    /// Only who was asked may answer, and only once.
    public mutating func requestAnswered(
        _ id: RequestID,
        _ sealedText: String,
        by doctor: DoctorID,
        at now: Instant
    ) throws(CareRefusal) -> [CareEffect] {
        guard var care = cases[id] else { throw .unknownRequest }
        guard care.isWritten else { throw .notInState("to be met in a consult") }
        guard care.request.written?.asked.contains(doctor) ?? false else { throw .notYours }
        care.request.written?.answer = WrittenAnswer(by: doctor, sealedText: sealedText, at: now)
        care.request.state = .fulfilled
        care.nextTry = nil
        cases[id] = care
        var step = CareStep(id)
        step.audit("answer", "request/\(id)")
        step.say(.request, "a doctor has answered in writing")
        return finish(step, at: now) + settle(at: now)
    }

    /// The doctors who see a written question: those asked while it is open, afterwards the one who
    /// answered.
    public func writers(of request: ConsultRequest) -> [DoctorID] {
        let written = (cases[request.id]?.request ?? request).written
        if let answer = written?.answer { return [answer.by] }
        return cases[request.id] == nil ? [] : written?.asked ?? []
    }

    /// The doctors who are asked about the patient in writing.
    public func writers(about patient: PatientID) -> [DoctorID] {
        (requestsOfPatient[patient] ?? []).compactMap { cases[$0]?.request.written?.asked }
            .flatMap(\.self)
    }

    /// Asks the next few doctors, or sets when to look again.
    mutating func askInWriting(_ id: RequestID, at now: Instant) -> [CareEffect] {
        guard var care = cases[id] else { return [] }
        let policy = policy(of: care.request.site)
        let urgency = care.request.urgency
        let asked = care.request.written?.asked ?? []
        let due = care.request.written.map { $0.askedAt + policy.askAgain[urgency] } ?? now
        let next =
            due > now
            ? []
            : roster.writers(for: care.request, at: now)
                .filter { !asked.contains($0) }.prefix(CareLoop.writersAtOnce)
        care.nextTry = due > now ? due : now + policy.research[urgency]
        guard !next.isEmpty else {
            let tells = asked.isEmpty && !care.hasToldNobody
            care.hasToldNobody = true
            cases[id] = care
            guard tells else {
                index(care)
                return []
            }
            var step = CareStep(id)
            step.say(.request, "the register has no doctor who may answer", isEscalation: true)
            return finish(step, at: now)
        }
        care.request.written = WrittenQuestion(asked: asked + next, askedAt: now)
        care.nextTry = now + policy.askAgain[urgency]
        cases[id] = care
        var step = CareStep(id)
        step.audit("ask", "request/\(id)")
        step.say(
            .request,
            "asked for an answer in writing, with those before: \(asked.count + next.count)"
        )
        return finish(step, at: now) + [
            .tell(
                next.map { .doctor($0) },
                Notice(
                    subject: .request(cases[id]?.request ?? care.request),
                    why: "a question waits for your answer in writing"
                )
            )
        ]
    }

    /// Why a written question stands as it does.
    func writtenExplanation(of care: CareCase) -> Explanation {
        let count = care.request.written?.asked.count ?? 0
        return Explanation(
            request: care.request.id,
            state: care.request.state,
            summary: count == 0
                ? "nobody in the register may answer it: specialty, language or licence is missing"
                : "asked for an answer in writing: \(count); nothing is booked",
            doctor: nil,
            reasons: [],
            considered: roster.doctors(of: care.request.specialty).count,
            rejections: [],
            nearest: []
        )
    }
}

extension CareCase {
    /// Whether a doctor answers it in writing.
    var isWritten: Bool { request.modality == .storeAndForward }
}
