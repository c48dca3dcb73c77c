package import Clinical
package import Vocabulary

/// The commands that are not over, and when each must be sent again or given up.
///
/// A command goes out at once, when its device comes online, and again after 10 s, 20 s, 40 s …
/// until the device acknowledges it; a device that was away, or a broker that forgot, costs time
/// and nothing else.
package struct CommandBook: Sendable {
    private struct Entry: Sendable {
        var command: DeviceCommand
        var sendings = 0
    }

    /// The most commands of one device that may be under way.
    package static let limit = 20
    private static let firstWait = Duration.seconds(10)

    private var entries: [CommandID: Entry] = [:]
    private var byDevice: [DeviceID: [CommandID]] = [:]
    /// What is to be done when, ascending; entries of commands that are over are passed over.
    private var due: [(at: Instant, id: CommandID)] = []

    /// An empty book.
    package init() {}

    /// When the next sending or expiry is due.
    package var nextDue: Instant? { due.first?.at }

    /// Takes a command; false when its device has too many under way.
    ///
    /// Nothing is sent before `send`.
    package mutating func add(_ command: DeviceCommand) -> Bool {
        let count = byDevice[command.device]?.count ?? 0
        guard count < CommandBook.limit, entries[command.id] == nil else { return false }
        entries[command.id] = Entry(command: command)
        byDevice[command.device, default: []].append(command.id)
        plan(command.expiresAt, command.id)
        return true
    }

    /// Forgets a command that could not be stored.
    package mutating func remove(_ id: CommandID) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        byDevice[entry.command.device]?.removeAll { $0 == id }
        if byDevice[entry.command.device]?.isEmpty == true {
            byDevice[entry.command.device] = nil
        }
    }

    /// The command, if its device has not answered yet, to be published now; the next sending is
    /// planned.
    package mutating func send(_ id: CommandID, at now: Instant) -> DeviceCommand? {
        guard var entry = entries[id], entry.command.state == .sent,
            now < entry.command.expiresAt
        else { return nil }
        plan(now + CommandBook.firstWait * (1 << min(entry.sendings, 12)), id)
        entry.sendings += 1
        entries[id] = entry
        return entry.command
    }

    /// The commands that the device has not answered yet.
    package func unanswered(by device: DeviceID) -> [CommandID] {
        (byDevice[device] ?? []).filter { entries[$0]?.command.state == .sent }
    }

    /// All commands that no device has answered yet.
    package var unanswered: [CommandID] {
        entries.values.filter { $0.command.state == .sent }.map(\.command.id).sorted()
    }

    /// Takes an answer; nil when it changes nothing: a second copy, or one that comes too late.
    package mutating func take(
        _ answer: DeviceCommand.Answer,
        to id: CommandID,
        of device: DeviceID,
        detail: String?,
        at now: Instant
    ) -> DeviceCommand? {
        guard var entry = entries[id], entry.command.device == device,
            entry.command.take(answer, detail: detail, at: now)
        else { return nil }
        entries[id] = entry
        if entry.command.state.isFinal { remove(id) }
        return entry.command
    }

    /// What is due by now: commands that are too late, and those to be sent again.
    package mutating func advance(to now: Instant) -> (expired: [DeviceCommand], again: [CommandID])
    {
        var expired: [DeviceCommand] = []
        var again: [CommandID] = []
        var count = 0
        while count < due.count, due[count].at <= now {
            let id = due[count].id
            count += 1
            guard var entry = entries[id] else { continue }
            if entry.command.expire(at: now) {
                expired.append(entry.command)
                remove(id)
            } else if entry.command.state == .sent, entry.sendings > 0 {
                again.append(id)
            }
        }
        due.removeFirst(count)
        return (expired, again)
    }

    private mutating func plan(_ at: Instant, _ id: CommandID) {
        var index = due.count
        while index > 0, due[index - 1].at > at { index -= 1 }
        due.insert((at, id), at: index)
    }
}
