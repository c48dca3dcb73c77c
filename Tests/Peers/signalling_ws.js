// The same relay on node's `ws`, for `telehealth-bench signalling --node`.
//
// It does what the load needs of telehealth.v1 and no more, as `signalling_websockets.py` does:
// single-use tickets, rooms of two, numbered messages with acknowledgements, `desc` and `cand`
// handed on with `from` in the place of `to`. It keeps nothing for a participant that is away and
// checks no link. On Debian: `apt-get install node-ws`, NODE_PATH=/usr/share/nodejs.

'use strict';
const crypto = require('crypto');
const http = require('http');
const readline = require('readline');
const { WebSocketServer } = require('ws');

const tickets = new Map();
const rooms = new Map();

class Person {
  constructor(name, room) {
    Object.assign(this, { name, room, socket: null, sent: 0, received: 0, told: 0 });
  }

  send(type, body) {
    this.sent += 1;
    this.told = this.received;
    this.socket.send(JSON.stringify({ t: type, q: this.sent, a: this.received, b: body }));
  }

  enter(socket) {
    this.socket = socket;
    const body = { participant: this.name, token: 'none' };
    socket.send(JSON.stringify({ t: 'welcome', b: body }));
    if (!rooms.has(this.room)) rooms.set(this.room, new Map());
    const room = rooms.get(this.room);
    room.set(this.name, this);
    for (const other of room.values()) {
      if (other === this) continue;
      this.send('snapshot', { participants: [{ participant: other.name, link: 1 }] });
      other.send('peer.up', { participant: this.name, link: 1 });
    }
  }

  take(message) {
    if (message.q !== undefined) {
      if (message.q !== this.received + 1) return;
      this.received += 1;
    }
    if (message.t !== 'desc' && message.t !== 'cand') return;
    const { to, ...body } = message.b;
    const other = rooms.get(this.room).get(to);
    if (other) other.send(message.t, { ...body, from: this.name });
    if (this.received - this.told >= 8) {
      this.told = this.received;
      this.socket.send(JSON.stringify({ t: 'heartbeat', a: this.received, b: {} }));
    }
  }
}

const server = http.createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: 65536 });
sockets.on('connection', (socket) => {
  let person = null;
  socket.on('error', () => {});
  socket.on('message', (bytes) => {
    const message = JSON.parse(bytes);
    if (person) return person.take(message);
    person = message.t === 'hello' ? tickets.get(message.b.ticket) : undefined;
    if (!person) return socket.close(4401);
    tickets.delete(message.b.ticket);
    person.enter(socket);
  });
});

server.listen(0, '127.0.0.1', () => console.log(server.address().port));
let count = 0;
const input = readline.createInterface({ input: process.stdin });
input.on('line', (line) => {
  const lines = [];
  for (let left = Number(line.split(' ')[1]); left > 0; left -= 1) {
    count += 1;
    for (const role of ['clinic', 'doctor']) {
      const token = crypto.randomBytes(32).toString('base64url');
      tickets.set(token, new Person(`pa-${count}-${role}`, count));
      lines.push(`pa-${count}-${role} ${token}`);
    }
  }
  console.log(lines.join('\n'));
});
input.on('close', () => process.exit(0));
