import Vocabulary

/// Many devices of one site that fall silent at once are one incident with suppressed children.
extension Ward {
    /// A device of the site has fallen silent: the incident takes its alarm, or begins with it.
    mutating func gather(
        _ device: DeviceNumber,
        _ site: Int,
        at now: Instant,
        _ changed: inout [Alarm]
    ) {
        sites[site].silent.append((device, now))
        guard policy.incidentDevices > 0 else { return }
        let since = now - .seconds(policy.incidentWindowSeconds)
        if sites[site].incident == nil {
            let recent = sites[site].silent.count { $0.at >= since }
            let heard = sites[site].devices.count { number in
                devices[number].map { watches[$0].lastHeard != nil } ?? false
            }
            guard recent >= policy.incidentDevices,
                recent * 100 >= policy.incidentPercent * heard
            else { return }
            sites[site].incident = (.fresh("in", using: &random), now)
        }
        for silent in sites[site].silent where silent.at >= since {
            guard let watch = devices[silent.device], let patient = watches[watch].patient,
                let slot = slots[patient]
            else { continue }
            adopt(slot, site, at: now, &changed)
        }
    }

    /// Makes the patient's offline alarm a child of the site's incident.
    private mutating func adopt(
        _ slot: Int,
        _ site: Int,
        at now: Instant,
        _ changed: inout [Alarm]
    ) {
        guard let incident = sites[site].incident, let index = index(of: .offline, slot),
            monitors[slot].alarms[index].alarm.incident == nil
        else { return }
        sites[site].children.insert(monitors[slot].alarms[index].alarm.id)
        monitors[slot].alarms[index].join(
            AlarmIncident(
                id: incident.id,
                openedAt: incident.openedAt,
                isSuppressed: !isAiling(slot)
            ),
            at: now
        )
        report(slot, index, &changed)
    }

    /// A device is heard again, or is no longer this patient's.
    mutating func forgetSilence(of device: DeviceNumber, _ site: Int) {
        sites[site].silent.removeAll { $0.device == device }
    }

    /// An alarm has closed; with its last child the incident is over.
    mutating func leaveIncident(_ alarm: Alarm) {
        guard let incident = alarm.incident, let site = siteNumbers[alarm.site] else { return }
        sites[site].children.remove(alarm.id)
        guard sites[site].children.isEmpty, sites[site].incident?.id == incident.id else { return }
        sites[site].incident = nil
    }

    /// Takes up an incident from before a restart.
    mutating func restoreIncident(_ alarm: Alarm) {
        guard let incident = alarm.incident else { return }
        let site = number(of: alarm.site)
        sites[site].incident = (incident.id, incident.openedAt)
        sites[site].children.insert(alarm.id)
    }

    /// The alarms that an acknowledgement of this one takes along: one for the whole incident.
    func siblings(of alarm: Alarm) -> [AlarmID] {
        guard let incident = alarm.incident, incident.isSuppressed,
            let site = siteNumbers[alarm.site]
        else { return [] }
        return sites[site].children.subtracting([alarm.id]).sorted().filter { id in
            guard let (slot, index) = place(of: id) else { return false }
            return monitors[slot].alarms[index].alarm.incident?.isSuppressed == true
        }
    }

    /// The site's place among the watched ones.
    mutating func number(of site: SiteID) -> Int {
        if let number = siteNumbers[site] { return number }
        siteNumbers[site] = sites.count
        sites.append(SiteWatch())
        return sites.count - 1
    }
}

extension OpenAlarm {
    /// Becomes part of an incident; a suppressed one falls silent, unless somebody has it in hand.
    mutating func join(_ incident: AlarmIncident, at: Instant) {
        alarm.incident = incident
        alarm.changedAt = at
        guard incident.isSuppressed, alarm.wantsSomebody else { return }
        alarm.signal = .off
    }
}
