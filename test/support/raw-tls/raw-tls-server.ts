import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { type RawChain, RawTls } from './raw-tls.ts';
import {
  extension,
  KEY_SHARE,
  message,
  number,
  SUITE,
  TLS_1_3,
  vector,
  X25519,
  x25519Share,
} from './tls-bytes.ts';

const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere';

/** A server of TLS 1.3 on a free loopback port that shows whatever chain it is given. */
export class RawTlsServer {
  /** The chain of the next handshakes. */
  chain: RawChain = [];
  /** Beginnings of requests that clients trusted it with. */
  readonly requests: string[] = [];
  readonly #server = createServer({ noDelay: true }, (socket) => {
    void this.#serve(new RawTls(socket));
  });

  static async open(): Promise<RawTlsServer> {
    const server = new RawTlsServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', () => resolve()));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
  }

  async #serve(tls: RawTls): Promise<void> {
    try {
      await shake(tls, this.chain);
      const request = await tls.read('\r\n\r\n');
      if (request === '') return;
      this.requests.push(request);
      tls.write(RESPONSE);
    } catch {
      // A client that does not like the chain goes away in the middle.
    } finally {
      tls.close();
    }
  }
}

/** Asks for no certificate: this end judges nobody. */
async function shake(tls: RawTls, chain: RawChain): Promise<void> {
  const hello = await tls.receive(1);
  hello.take(34);
  const session = hello.vector(1);
  hello.vector(2);
  hello.vector(1);
  const share = x25519Share(hello.vector(2), false);
  if (share === undefined) throw new Error('the client has no X25519 share');
  tls.send(serverHello(tls.publicKey, session));
  tls.agree(share);
  const [own, theirs] = [tls.secret('s hs traffic'), tls.secret('c hs traffic')];
  tls.protectWrites(own);
  tls.protectReads(theirs);
  tls.send(message(8, vector(2, extension(16, vector(2, vector(1, Buffer.from('http/1.1')))))));
  tls.sendCertificate(chain);
  tls.sendProof(chain, 'server');
  tls.sendFinished(own);
  tls.advance();
  const [writes, reads] = [tls.secret('s ap traffic'), tls.secret('c ap traffic')];
  tls.protectWrites(writes);
  await tls.receive(20);
  tls.protectReads(reads);
}

function serverHello(publicKey: Uint8Array, session: Uint8Array): Buffer {
  const extensions = [extension(43, TLS_1_3), extension(KEY_SHARE, number(X25519, 2), vector(2, publicKey))];
  return message(
    2,
    Buffer.of(3, 3),
    randomBytes(32),
    vector(1, session),
    number(SUITE, 2),
    Buffer.of(0),
    vector(2, ...extensions),
  );
}
