import type { HeaderList } from '../../http/header-list.ts';
import type { Exchange } from '../exchange.ts';
import type { BodyPort } from './body-port.ts';
import type { Outcome } from './outcome.ts';
import type { ProxyResponse } from './transport.ts';

type Figures = Required<Pick<Outcome, 'requestBytes' | 'responseBytes'>> & Pick<Outcome, 'grpcStatus'>;

/** Bytes of both bodies that passed, and the status of gRPC, which may be in the head or in the trailers. */
export function answerFigures<Body>(
  bodies: BodyPort<Body>,
  { body: asked, head }: Exchange<Body>,
  { body, headers }: ProxyResponse<Body>,
): Figures {
  const streamed = typeof body === 'string' ? undefined : body;
  const trailers = streamed && bodies.trailers?.(streamed);
  return {
    requestBytes: bytesOf(bodies, asked, head.headers),
    responseBytes: typeof body === 'string' ? octets(body) : bytesOf(bodies, body, headers),
    grpcStatus: headers.get('grpc-status') ?? trailers?.get('grpc-status'),
  };
}

/** A platform that cannot count is believed what the head announced. */
function bytesOf<Body>(bodies: BodyPort<Body>, body: Body | undefined, headers: HeaderList): number {
  if (body === undefined) return 0;
  if (bodies.received !== undefined) return bodies.received(body);
  const announced = Number(headers.get('content-length') ?? 0);
  return Number.isSafeInteger(announced) && announced > 0 ? announced : 0;
}

/** The length of a local answer in UTF-8. */
function octets(text: string): number {
  return text === '' ? 0 : new TextEncoder().encode(text).length;
}
