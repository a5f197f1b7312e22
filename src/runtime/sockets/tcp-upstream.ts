import type { Bundle, Svid } from '../../identity/svid.ts';
import type { Hop, StreamTransport, Traffic } from '../../proxy/forward/stream-transport.ts';
import type { Cancellation } from '../ports.ts';
import type { BodySource } from './body.ts';
import { dial } from './dial.ts';
import { DialTargets } from './dial-targets.ts';
import { SocketStream } from './socket-stream.ts';

const EMPTY = new Uint8Array(0);

/** Passes bytes to upstreams unread, one connection each, plaintext or mesh TLS. */
export class TcpTransport implements StreamTransport<BodySource> {
  readonly #targets = new DialTargets();

  /** What new mesh connections prove and trust; those that are up and not trusted any more are reset. */
  setIdentity(svid: Svid, bundle: Bundle): void {
    this.#targets.setIdentity(svid, bundle);
  }

  async open(
    hop: Hop,
    body: BodySource,
    signal: Cancellation | undefined,
    onEnd: (traffic: Traffic) => void,
  ): Promise<BodySource> {
    const target = this.#targets.of(hop);
    const { tls } = target;
    // Nobody here knows what the bytes are.
    const unnamed = tls && !('sans' in tls) ? { ...target, tls: { ...tls, protocols: [] } } : target;
    const socket = await dial(unnamed, signal);
    const stream = new SocketStream(socket, EMPTY);
    stream.watch(() => onEnd(stream.traffic));
    stream.receive(body);
    return stream;
  }
}
