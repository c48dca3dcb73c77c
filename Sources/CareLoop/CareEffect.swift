public import Scheduler
public import Signalling
public import Vocabulary

/// What the care loop wants done.
///
/// The effects of one input are a row of steps. A step begins with `store`; what follows it, up to
/// the next `store`, is done only after that commit. When a commit is refused as a double booking
/// the rest of its step is dropped and `CareLoop.bookingRefused` is told.
public enum CareEffect: Sendable, Equatable {
    /// Write the records in one transaction.
    case store([CareRecord])
    /// Tell everybody in the list.
    case tell([CareAudience], Notice)
    /// Note in the alarm which request it caused or joined; may be repeated after a restart.
    case attachRequest(RequestID, to: AlarmID)
    /// Note in the alarm which doctors a step of its chain is told, none when there is nobody; may
    /// be repeated after a restart.
    case offerAlarm(AlarmID, number: Int, to: [DoctorID])
    /// The request the alarm waits for is fulfilled or cancelled; may be repeated after a restart.
    case consultEnded(RequestID, of: AlarmID)
    /// Keep a room for the session; repeated after a restart, then a room that exists stays.
    case openSession(SessionRecord)
    /// Close the session's room and say why.
    case closeSession(SessionRecord, why: String)
    /// Write down what was done to which object (`offer`, `booking/bkg-…`).
    case audit(what: String, object: String)
}

/// One record to be written whole.
public enum CareRecord: Sendable, Equatable {
    /// A request.
    case request(ConsultRequest)
    /// A booking.
    case booking(Booking)
    /// A session.
    case session(SessionRecord)
}

/// Who is to be told.
public enum CareAudience: Sendable, Hashable {
    /// The staff of a site.
    case site(SiteID)
    /// A doctor.
    case doctor(DoctorID)
    /// An interpreter.
    case interpreter(InterpreterID)
    /// The operations desk, which follows everything.
    case operations
}

/// A record that changed, and why, for people.
public struct Notice: Sendable, Equatable {
    /// The record as it is now.
    public let subject: CareRecord
    /// What happened, in a sentence without patient data.
    public let why: String
    /// Whether somebody has to act.
    public let isEscalation: Bool

    /// A notice.
    public init(subject: CareRecord, why: String, isEscalation: Bool = false) {
        self.subject = subject
        self.why = why
        self.isEscalation = isEscalation
    }
}
