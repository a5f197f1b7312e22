import { connect, type Socket } from 'node:net';
import { ACK, FRAME, frame, PREFACE, settings } from './h2-frames.ts';

/** A frame that the other end sent. */
export interface Received {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

const ERRORS = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
];

/** An HTTP/2 client that sends whatever it is told, and keeps the frames that come back. */
export class H2Peer {
  readonly socket: Socket;
  readonly received: Received[] = [];
  closed = false;
  #rest = Buffer.alloc(0);
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
    socket.on('end', () => socket.end());
  }

  /** Connects; with `greet` it says preface and empty settings first. */
  static connect(port: number, greet = true): Promise<H2Peer> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true }, () => {
        const peer = new H2Peer(socket);
        if (greet) peer.send(PREFACE, settings());
        resolve(peer);
      });
      socket.once('error', reject);
    });
  }

  send(...parts: readonly Uint8Array[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(parts));
  }

  /** The first frame that `wanted` picks, or undefined when the connection ended without one. */
  async until(wanted: (frame: Received) => boolean): Promise<Received | undefined> {
    for (let seen = 0; ; ) {
      for (; seen < this.received.length; seen++) {
        const one = this.received[seen] as Received;
        if (wanted(one)) return one;
      }
      if (this.closed) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /**
   * What the connection came to, in one phrase: `GOAWAY <error>`, `RST_STREAM <error>`, `status <code>`, or
   * `closed` without a word.
   */
  async verdict(stream = 1): Promise<string> {
    const end = await this.until(
      ({ type, stream: of }) =>
        type === FRAME.goaway || ((type === FRAME.rstStream || type === FRAME.headers) && of === stream),
    );
    if (end === undefined) return 'closed';
    if (end.type === FRAME.headers) return `status ${statusOf(end.payload)}`;
    return end.type === FRAME.goaway
      ? `GOAWAY ${ERRORS[end.payload.readUInt32BE(4)]}`
      : `RST_STREAM ${ERRORS[end.payload.readUInt32BE(0)]}`;
  }

  #take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 9) {
      const end = 9 + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < end) break;
      const [type = 0, flags = 0] = this.#rest.subarray(3, 5);
      const stream = this.#rest.readUInt32BE(5) & 0x7fff_ffff;
      this.received.push({ type, flags, stream, payload: this.#rest.subarray(9, end) });
      this.#rest = this.#rest.subarray(end);
      if (type === FRAME.settings && (flags & ACK) === 0) this.send(frame(FRAME.settings, ACK, 0));
    }
    this.#wake();
  }
}

const STATIC_STATUSES = [200, 204, 206, 304, 400, 404, 500];
const DIGIT_CODES = [
  '00000',
  '00001',
  '00010',
  '011001',
  '011010',
  '011011',
  '011100',
  '011101',
  '011110',
  '011111',
];

/** The status at the beginning of a header block (RFC 7541), which may be indexed, literal or Huffman-coded. */
function statusOf(payload: Buffer): number {
  let at = 0;
  // A change of the table size may come first.
  while (((payload[at] ?? 0) & 0xe0) === 0x20) at++;
  const first = payload[at] ?? 0;
  if (first >= 0x80) return STATIC_STATUSES[first - 0x88] ?? 0;
  const length = payload[at + 1] ?? 0;
  const octets = payload.subarray(at + 2, at + 2 + (length & 0x7f));
  if (length < 0x80) return Number(octets.toString('latin1'));
  let bits = [...octets].map((octet) => octet.toString(2).padStart(8, '0')).join('');
  let digits = '';
  while (digits.length < 3) {
    const digit = DIGIT_CODES.findIndex((code) => bits.startsWith(code));
    digits += digit;
    bits = bits.slice(DIGIT_CODES[digit]?.length);
  }
  return Number(digits);
}
