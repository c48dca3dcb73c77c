import MQTT

/// Devices whose certificate was revoked.
extension Gateway {
    /// Refuses these devices from now on, and nobody else.
    ///
    /// The broker should have refused them; the gateway does so again, whatever the broker's files
    /// say.
    public func refuse(_ devices: Set<String>) {
        machine.refuse(devices)
    }

    /// Ends the broker's connections of these identities.
    ///
    /// Mosquitto looks at certificates when a connection begins and leaves one that stands alone.
    /// A client id may stand once: whoever connects with it takes the other's place.
    public func disconnect(_ identities: Set<String>) async {
        guard isConnected else { return }
        for identity in identities {
            var configuration = self.configuration.broker
            configuration.clientID = identity
            guard let client = try? MQTTClient(configuration, on: loop) else { continue }
            await client.connect()
            try? await client.connected()
            await client.disconnect()
        }
    }
}
