public import Vocabulary

/// An access token of an account, for a program or a simulation on this machine.
///
/// Made from the key in the data directory, so only whoever may read that directory can make one.
public func issueToken(
    for user: UserID,
    _ configuration: Configuration,
    until expiry: Instant
) throws(ConfigurationError) -> String {
    let keys = try KeyRing(directory: configuration.dataDirectory)
    return AccessToken(user: user, expiresAt: expiry).text(key: keys.tokens)
}
