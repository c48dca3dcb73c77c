import CareLoop

/// Whom the care loop tells; named apart from signalling's audience.
typealias CareAudience = Audience
