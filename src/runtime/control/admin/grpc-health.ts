import { connect } from 'node:http2';

const SERVING = 1;
/** No answer of a health check is longer, bytes. */
const LONGEST = 64;

/** Asks `grpc.health.v1.Health/Check` (h2c): 200 where the service is SERVING, otherwise 503. Rejects without an answer. */
export function grpcHealth(url: string, service: string, signal: AbortSignal): Promise<number> {
  const session = connect(url);
  const answered = new Promise<number>((resolve, reject) => {
    session.on('error', reject);
    signal.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true });
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let message = new Uint8Array(0);
    stream.on('data', (chunk: Uint8Array) => {
      if (message.length <= LONGEST) message = Buffer.concat([message, chunk]);
    });
    stream.on('end', () => resolve(isServing(message) ? 200 : 503)).on('error', reject);
    stream.end(checkRequest(service));
  });
  return answered.finally(() => session.destroy());
}

/** A length-prefixed HealthCheckRequest: field 1 is the service. */
function checkRequest(service: string): Uint8Array {
  const name = new TextEncoder().encode(service);
  if (name.length > 127) throw new Error('the name of the service is longer than 127 bytes');
  const body = name.length === 0 ? [] : [0x0a, name.length, ...name];
  return Uint8Array.from([0, 0, 0, 0, body.length, ...body]);
}

/** A HealthCheckResponse: field 1 is the status. */
function isServing(message: Uint8Array): boolean {
  return message.length >= 7 && message[0] === 0 && message[5] === 0x08 && message[6] === SERVING;
}
