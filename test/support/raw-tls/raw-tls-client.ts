import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
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

/** Where to ask, and how. */
export interface RawTlsAsk {
  readonly port: number;
  readonly serverName: string;
  readonly chain: RawChain;
  /** What is sent once the handshake is done. */
  readonly request: string;
}

/** Sends a request over TLS 1.3 with that chain; gives what came back, which is nothing where it was refused. */
export async function askRawTls({ port, serverName, chain, request }: RawTlsAsk): Promise<string> {
  const tls = new RawTls(connect({ host: '127.0.0.1', port, noDelay: true }));
  try {
    await shake(tls, serverName, chain);
    tls.write(request);
    return await tls.read('\r\n\r\n');
  } finally {
    tls.close();
  }
}

async function shake(tls: RawTls, serverName: string, chain: RawChain): Promise<void> {
  tls.send(clientHello(tls.publicKey, serverName));
  const hello = await tls.receive(2);
  hello.take(34);
  hello.vector(1);
  hello.take(3);
  tls.agree(x25519Share(hello.vector(2), true) ?? Buffer.alloc(32));
  const [own, theirs] = [tls.secret('c hs traffic'), tls.secret('s hs traffic')];
  tls.protectReads(theirs);
  tls.protectWrites(own);
  // EncryptedExtensions, CertificateRequest, Certificate, CertificateVerify, Finished.
  for (const type of [8, 13, 11, 15, 20]) await tls.receive(type);
  tls.advance();
  const [writes, reads] = [tls.secret('c ap traffic'), tls.secret('s ap traffic')];
  tls.sendCertificate(chain);
  tls.sendProof(chain, 'client');
  tls.sendFinished(own);
  tls.protectWrites(writes);
  tls.protectReads(reads);
}

/** With the wire contract's ALPN offer, `weft` beside HTTP/1.1. */
function clientHello(publicKey: Uint8Array, serverName: string): Buffer {
  const name = vector(2, Buffer.of(0), vector(2, Buffer.from(serverName)));
  const schemes = [0x0403, 0x0503, 0x0603, 0x0807, 0x0804].map((one) => number(one, 2));
  const offers = ['weft', 'http/1.1'].map((one) => vector(1, Buffer.from(one)));
  const extensions = [
    extension(0, name),
    extension(10, vector(2, number(X25519, 2))),
    extension(13, vector(2, ...schemes)),
    extension(16, vector(2, ...offers)),
    extension(43, vector(1, TLS_1_3)),
    extension(KEY_SHARE, vector(2, number(X25519, 2), vector(2, publicKey))),
  ];
  const suites = vector(2, number(SUITE, 2));
  return message(
    1,
    Buffer.of(3, 3),
    randomBytes(32),
    vector(1),
    suites,
    Buffer.of(1, 0),
    vector(2, ...extensions),
  );
}
