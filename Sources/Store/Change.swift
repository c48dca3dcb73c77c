public import Clinical
public import Scheduler
public import Signalling
public import Vocabulary

/// One write of the care loop or the registry: the record as it is from now on.
///
/// Records are upserted whole by their id, so a change applied twice is applied once.
public enum Change: Sendable {
    /// A site.
    case site(Site)
    /// A doctor.
    case doctor(Doctor)
    /// An interpreter.
    case interpreter(Interpreter)
    /// A patient.
    case patient(Patient)
    /// A device.
    case device(Device)
    /// A binding, by (device, from).
    case binding(DeviceBinding)
    /// A command to a device.
    case command(DeviceCommand)
    /// An account.
    case user(UserAccount)
    /// An alarm.
    case alarm(Alarm)
    /// A request.
    case request(ConsultRequest)
    /// A booking; the database itself refuses an overlap.
    case booking(Booking)
    /// A session.
    case session(SessionRecord)
    /// A line of a session's chat, unless its writer's id for it is known.
    case chat(ChatRecord)
    /// A place in the signalling.
    case place(PlaceWrite)
    /// The first answer to an idempotency key; an existing one is left as it is.
    case answer(IdempotentAnswer)
    /// A token is no longer accepted.
    case revoked(RevokedToken)
    /// A quarantined payload has been replayed or given up.
    case quarantineResolved(id: Int64, at: Instant)
    /// An audit entry, in the same transaction as what it speaks of.
    case audit(AuditEntry)
}
