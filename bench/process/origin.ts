/** An origin that costs as little as it can: 128 bytes, or 10 KB, for every request head. Runs under Bun. */
import { LARGE_BODY, LARGE_PATH, SMALL_BODY } from './body-length.ts';
import { type BunSocket, listenBun } from './bun-sockets.ts';
import { answerQuestions } from './question-lines.ts';

interface State {
  /** Of a head that did not arrive whole. */
  rest: Buffer | undefined;
  /** Of a response that the socket did not take yet. */
  unsent: Uint8Array | undefined;
}

const SMALL = response(SMALL_BODY);
const LARGE = response(LARGE_BODY);
const LARGE_START = Buffer.from(`GET ${LARGE_PATH}`, 'latin1');
const HEAD_END = '\r\n\r\n';

function response(length: number): Buffer {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${length}\r\n\r\n`;
  return Buffer.from(head + 'x'.repeat(length), 'latin1');
}

/** A client has one request under way, so at most one response waits. */
function send(socket: BunSocket<State>, bytes: Uint8Array): void {
  const sent = Math.max(0, socket.write(bytes));
  socket.data.unsent = sent < bytes.length ? bytes.subarray(sent) : undefined;
}

function receive(socket: BunSocket<State>, chunk: Buffer): void {
  const bytes = socket.data.rest === undefined ? chunk : Buffer.concat([socket.data.rest, chunk]);
  const whole = bytes.indexOf(HEAD_END) === bytes.length - HEAD_END.length;
  socket.data.rest = whole ? undefined : Buffer.from(bytes);
  if (!whole) return;
  const large = LARGE_START.equals(bytes.subarray(0, LARGE_START.length));
  send(socket, large ? LARGE : SMALL);
}

answerQuestions(async () => ({
  port: listenBun<State>({
    open: (socket) => {
      socket.data = { rest: undefined, unsent: undefined };
      socket.setNoDelay(true);
    },
    data: receive,
    drain: (socket) => {
      if (socket.data.unsent !== undefined) send(socket, socket.data.unsent);
    },
    close: () => undefined,
    error: (socket) => socket.end(),
  }),
}));
