/// What an identifier can name; none of these is ever instantiated.
public enum Subject {
    /// A province, by its code.
    public enum Province {}
    /// A telehealth site: station, hospital or centre.
    public enum Site {}
    /// A device that measures.
    public enum Device {}
    /// A patient, pseudonymous.
    public enum Patient {}
    /// A doctor.
    public enum Doctor {}
    /// An interpreter.
    public enum Interpreter {}
    /// An account.
    public enum User {}
    /// An alarm.
    public enum Alarm {}
    /// An incident of a site.
    public enum Incident {}
    /// A request for a consult.
    public enum Request {}
    /// A booking of a doctor and a station.
    public enum Booking {}
    /// A consult session.
    public enum Session {}
    /// A command to a device.
    public enum Command {}
    /// One participant of one session.
    public enum Participant {}
}

/// A province's code.
public typealias ProvinceID = Identifier<Subject.Province>
/// A telehealth site's id.
public typealias SiteID = Identifier<Subject.Site>
/// A device's id, which is also its MQTT identity.
public typealias DeviceID = Identifier<Subject.Device>
/// A patient's pseudonymous id.
public typealias PatientID = Identifier<Subject.Patient>
/// A doctor's id.
public typealias DoctorID = Identifier<Subject.Doctor>
/// An interpreter's id.
public typealias InterpreterID = Identifier<Subject.Interpreter>
/// An account's id, which is also its log-in name.
public typealias UserID = Identifier<Subject.User>
/// An alarm's id.
public typealias AlarmID = Identifier<Subject.Alarm>
/// An incident's id.
public typealias IncidentID = Identifier<Subject.Incident>
/// A consult request's id.
public typealias RequestID = Identifier<Subject.Request>
/// A booking's id.
public typealias BookingID = Identifier<Subject.Booking>
/// A session's id.
public typealias SessionID = Identifier<Subject.Session>
/// A device command's id.
public typealias CommandID = Identifier<Subject.Command>
/// A participant's id.
public typealias ParticipantID = Identifier<Subject.Participant>
