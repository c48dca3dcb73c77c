// What is written in a room. A message keeps its id until the server has it, so that sending it again
// says it once.

/** The longest message, in characters; the server's limit. */
export const textLimit = 4000;

export class Chat {
  /** - send: (body) → promise of the reply; own: this end's participant; changed: called at each change. */
  constructor({ send, changed }) {
    Object.assign(this, { send, changed });
    this.messages = [];
    this.unread = 0;
    this.draft = "";
  }

  /** The last messages of a snapshot; what was not sent yet stays. */
  snapshot(list, own) {
    const ids = new Set(list.map((one) => one.message));
    const kept = this.messages.filter((one) => !ids.has(one.message));
    this.messages = [...list.map((one) => ({ ...one, own: one.from === own, state: "sent" })), ...kept]
      .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  }

  /** A message from somebody; false when it was here already. */
  take(body, own) {
    const known = this.messages.find((one) => one.message === body.message && (one.from ?? own) === body.from);
    if (known) {
      Object.assign(known, body, { state: "sent" });
      return false;
    }
    this.messages.push({ ...body, own: body.from === own, state: "sent" });
    if (!this.isOpen) this.unread += 1;
    return true;
  }

  /** Says something to everybody. */
  say(text, at) {
    const one = { message: crypto.randomUUID(), text, at, own: true, state: "sending" };
    this.messages.push(one);
    return this.try(one);
  }

  /** Sends a message, perhaps once more. */
  async try(one) {
    one.state = "sending";
    this.changed();
    try {
      await this.send({ message: one.message, text: one.text });
      one.state = "sent";
    } catch (refusal) {
      one.state = "failed";
      one.why = refusal?.code;
    }
    this.changed();
  }

  /** Sends what a lost place took with it; what the snapshot showed is not among it. */
  tryAgain() {
    for (const one of this.messages) if (one.state === "failed" && one.why === "disconnected") this.try(one);
  }

  /** The reader looks at it. */
  open(isOpen) {
    this.isOpen = isOpen;
    if (isOpen) this.unread = 0;
  }
}
