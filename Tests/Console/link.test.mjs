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
  async createOffer() { return { type: "offer", sdp: "own offer" }; }
  /** Descriptions take effect one after the other, and not at once. */
  chain = Promise.resolve();
  next(act) { return this.chain = this.chain.then(() => new Promise(setImmediate)).then(act); }
  setLocalDescription(wish) {
    return this.next(() => {
      const type = wish?.type ?? (this.signalingState === "have-remote-offer" ? "answer" : "offer");
      this.localDescription = { type, sdp: `own ${type}` };
      this.signalingState = type === "offer" ? "have-local-offer" : "stable";
    });
  }
  setRemoteDescription(description) {
    return this.next(() => {
      this.remoteDescription = description;
      this.signalingState = description.type === "offer" ? "have-remote-offer" : "stable";
    });
  }
  restartIce() { this.restarts += 1; }
  close() {}
  becomes(ice) { this.iceConnectionState = this.connectionState = ice; this.oniceconnectionstatechange(); }
}

function linkWith({ polite = false, isReached } = {}) {
  const said = [];
  const described = [];
  let refuse;
  const link = new Link({
    id: 1, to: "p-2", polite, isReached, iceServers: [], stream: null, Peer, changed: () => {},
    send: (type, body) => {
      said.push(type);
      if (type === "desc") described.push(`${body.kind} ${body.n}: ${body.sdp}`);
      return new Promise((_, reject) => { refuse = (code) => reject({ code }); });
    },
  });
  link.connection.oniceconnectionstatechange();
  return { link, peer: link.connection, described, refuse: (code) => refuse(code), blamed: () => said.filter((type) => type === "link.fail").length };
}

const settled = async () => { for (let n = 0; n < 20; n++) await new Promise(setImmediate); };

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

test("when the network is back a failed link restarts, the impolite end first, and the line is not blamed for it", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  for (const polite of [false, true]) {
    const { link, peer, blamed } = linkWith({ polite });
    link.hurry();
    mock.timers.tick(3000);
    assert.equal(peer.restarts, 0, "what is up is left alone");
    peer.becomes("failed");
    link.hurry();
    assert.equal(peer.restarts, polite ? 0 : 1);
    mock.timers.tick(polite ? 3000 : 0);
    assert.deepEqual([peer.restarts, blamed()], [1, 0]);
    mock.timers.tick(8000);
    assert.deepEqual([peer.restarts, blamed()], [2, 1], "what fails after that is the line's");
    link.close();
  }
  mock.timers.reset();
});

test("a link that fails while the server is not reached makes no offer that would wait for it", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  let isReached = false;
  const { link, peer, blamed } = linkWith({ isReached: () => isReached });
  peer.becomes("failed");
  mock.timers.tick(60_000);
  assert.deepEqual([peer.restarts, blamed()], [0, 0]);
  isReached = true;
  link.hurry();
  assert.deepEqual([peer.restarts, blamed()], [1, 0]);
  link.close();
  mock.timers.reset();
});

test("who may insist keeps an offer of the same round aside, and gives way to one of a later round", async () => {
  const { link, peer, described } = linkWith();
  link.begin();
  await settled();
  assert.equal(peer.signalingState, "have-local-offer");
  await link.described({ n: 1, kind: "offer", sdp: "theirs" });
  assert.equal(peer.signalingState, "have-local-offer", "the other end gives way");
  await link.described({ n: 2, kind: "offer", sdp: "later" });
  assert.deepEqual([peer.signalingState, peer.remoteDescription.sdp], ["stable", "later"]);
  assert.deepEqual(described, ["offer 1: own offer", "answer 2: own answer"]);
  link.close();
});

test("whose offer is refused while the other's is being answered answers it, and offers nothing", async () => {
  const { link, peer, described, refuse } = linkWith({ polite: true });
  link.begin();
  await settled();
  const answering = link.described({ n: 1, kind: "offer", sdp: "theirs" });
  refuse("stale_negotiation");
  await answering;
  await settled();
  assert.equal(peer.signalingState, "stable");
  assert.deepEqual(described, ["offer 1: own offer", "answer 1: own answer"]);
  link.close();
});
