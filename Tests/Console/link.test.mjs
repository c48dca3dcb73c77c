// A link whose way breaks, against a connection that the test plays. Run: node --test Tests/Console
import { mock, test } from "node:test";
import assert from "node:assert/strict";

globalThis.MediaStream = class { addTrack() {} };
const { Link } = await import("../../Sources/Console/web/app/link.js");

/** A connection whose ICE the test breaks and mends. */
class Peer {
  signalingState = "stable";
  connectionState = "connected";
  iceConnectionState = "connected";
  restarts = 0;
  createDataChannel() { return { readyState: "open", send() {} }; }
  getTransceivers() { return []; }
  addTransceiver() {}
  async createOffer() { return { type: "offer", sdp: "" }; }
  async setLocalDescription(description = { type: "answer", sdp: "own" }) {
    this.localDescription = description;
    this.signalingState = description.type === "offer" ? "have-local-offer" : "stable";
  }
  async setRemoteDescription(description) {
    this.remoteDescription = description;
    this.signalingState = description.type === "offer" ? "have-remote-offer" : "stable";
  }
  restartIce() { this.restarts += 1; }
  close() {}
  becomes(ice) { this.iceConnectionState = this.connectionState = ice; this.oniceconnectionstatechange(); }
}

function linkWith({ polite = false } = {}) {
  const said = [];
  const described = [];
  const link = new Link({
    id: 1, to: "p-2", polite, iceServers: [], stream: null, Peer, changed: () => {},
    send: async (type, body) => { said.push(type); described.push(`${body.kind} ${body.n}`); return {}; },
  });
  link.connection.oniceconnectionstatechange();
  return { link, peer: link.connection, described, blamed: () => said.filter((type) => type === "link.fail").length };
}

test("a link that fails by itself waits a little, then restarts and says so, again and again", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { link, peer, blamed } = linkWith();
  peer.becomes("disconnected");
  mock.timers.tick(3900);
  assert.deepEqual([peer.restarts, blamed()], [0, 0], "a dropped path often heals by itself");
  mock.timers.tick(200);
  assert.deepEqual([peer.restarts, blamed()], [1, 1]);
  mock.timers.tick(8000);
  assert.deepEqual([peer.restarts, blamed()], [2, 2]);
  peer.becomes("connected");
  mock.timers.tick(60000);
  assert.deepEqual([peer.restarts, blamed()], [2, 2]);
  link.close();
  mock.timers.reset();
});

test("when the network is back a failed link restarts at once, and the line is not blamed for it", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  for (const polite of [false, true]) {
    const { link, peer, blamed } = linkWith({ polite });
    link.hurry();
    assert.equal(peer.restarts, 0, "what is up is left alone");
    peer.becomes("failed");
    link.hurry();
    assert.deepEqual([peer.restarts, blamed()], [1, 0]);
    mock.timers.tick(8000);
    assert.deepEqual([peer.restarts, blamed()], [2, 1], "what fails after that is the line's");
    link.close();
  }
  mock.timers.reset();
});

test("who may insist keeps an offer of the same round aside, and gives way to one of a later round", async () => {
  const { link, peer, described } = linkWith();
  link.begin();
  await new Promise(setImmediate);
  assert.equal(peer.signalingState, "have-local-offer");
  await link.described({ n: 1, kind: "offer", sdp: "theirs" });
  assert.equal(peer.signalingState, "have-local-offer", "the other end gives way");
  await link.described({ n: 2, kind: "offer", sdp: "later" });
  assert.deepEqual([peer.signalingState, peer.remoteDescription.sdp], ["stable", "later"]);
  assert.deepEqual(described, ["offer 1", "answer 2"]);
  link.close();
});
