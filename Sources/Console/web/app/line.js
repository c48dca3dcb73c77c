// What a peer connection sends, and what its line does; the same for a link to somebody and for the way
// to the conference server.

/** Holds kinds back or lets them go again, without a new negotiation: `sending` is `{audio, video}`. */
export function hold(connection, stream, sending) {
  for (const { sender, receiver, direction } of connection.getTransceivers()) {
    if (!direction.startsWith("send")) continue;
    const { kind } = receiver.track;
    const track = sending[kind] ? stream.getTracks().find((one) => one.kind === kind) : null;
    sender.replaceTrack(track ?? null).catch(() => {});
  }
}

/** What the line does now: `{rate, loss, trip}` in bit/s, 0–1 and s, undefined where unknown. */
export async function sampleOf(connection) {
  const report = await connection.getStats().catch(() => new Map());
  const found = { rate: undefined, loss: undefined, trip: undefined };
  for (const one of report.values()) {
    if (one.type === "candidate-pair" && one.nominated) {
      found.rate = one.availableOutgoingBitrate ?? found.rate;
      found.trip = one.currentRoundTripTime ?? found.trip;
    } else if (one.type === "remote-inbound-rtp" && one.fractionLost !== undefined) {
      found.loss = Math.max(found.loss ?? 0, one.fractionLost);
    }
  }
  return found;
}
