/** An origin that sends back what it gets; a head first is answered as an upgrade to WebSocket. Runs under Bun. */
import { type BunSocket, listenBun } from './bun-sockets.ts';
import { answerQuestions } from './question-lines.ts';

interface State {
  started: boolean;
  /** What the socket did not take yet. */
  unsent: Uint8Array | undefined;
}

const GET = Buffer.from('GET ', 'latin1');
const SWITCHING = Buffer.from(
  'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n' +
    'sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
  'latin1',
);

/** A client has a bounded number of bytes under way, so no more than those wait. */
function send(socket: BunSocket<State>, bytes: Uint8Array): void {
  const { data } = socket;
  if (data.unsent !== undefined) {
    data.unsent = Buffer.concat([data.unsent, bytes]);
    return;
  }
  const sent = Math.max(0, socket.write(bytes));
  // What comes in is in a buffer that is used again.
  data.unsent = sent < bytes.length ? Buffer.from(bytes.subarray(sent)) : undefined;
}

function drain(socket: BunSocket<State>): void {
  const { unsent } = socket.data;
  socket.data.unsent = undefined;
  if (unsent !== undefined) send(socket, unsent);
}

function receive(socket: BunSocket<State>, chunk: Buffer): void {
  const upgrade = !socket.data.started && GET.equals(chunk.subarray(0, GET.length));
  socket.data.started = true;
  send(socket, upgrade ? SWITCHING : chunk);
}

answerQuestions(async () => ({
  port: listenBun<State>({
    open: (socket) => {
      socket.data = { started: false, unsent: undefined };
      socket.setNoDelay(true);
    },
    data: receive,
    drain,
    close: () => undefined,
    error: (socket) => socket.end(),
  }),
}));
