import type { Clock, Log, Random } from '../runtime/ports.ts';
import { connectionChecks } from './connection-checks.ts';
import type { Handler } from './exchange.ts';
import type { BodyPort } from './forward/body-port.ts';
import type { StreamTransport } from './forward/stream-transport.ts';
import type { Transport } from './forward/transport.ts';
import type { Answerers } from './learn.ts';
import type { ProxyCore } from './proxy-core.ts';
import { serve } from './serve.ts';
import type { ServeConnectionDeps } from './serve-connection.ts';
import type { Tracing } from './telemetry/tracing.ts';

/** What a platform gives a proxy to serve with. */
export interface DataPathParts<Body> extends Pick<Answerers, 'resolve'> {
  readonly core: ProxyCore;
  readonly transport: Transport<Body>;
  readonly streams: StreamTransport<Body>;
  readonly bodies: BodyPort<Body>;
  /** Whether responses tell the route and the revision (`x-weft-*`). */
  readonly debug: boolean;
  /** Undefined = trace contexts pass untouched. */
  readonly tracing: Tracing | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** How a proxy serves requests, and what it serves raw connections with. */
export interface DataPath<Body> {
  readonly handler: Handler<Body>;
  readonly connections: ServeConnectionDeps<Body>;
}

/** The core of a proxy on the transports of its platform. */
export function dataPath<Body>(parts: DataPathParts<Body>): DataPath<Body> {
  const { core, transport, streams, bodies, clock, random, log } = parts;
  const { state, tokens, limits } = core;
  const { onOutcome, onOpened, onConnection } = core.telemetry;
  const { endpoints } = state;
  const shared = { active: () => state.active, endpoints, clock, random, log };
  const requests = { transport, bodies, tokens, limits, resolve: parts.resolve };
  const told = { debug: parts.debug, revision: () => String(state.revision), tracing: parts.tracing };
  const check = connectionChecks({ endpoints, transport, bodies, clock, random });
  return {
    handler: serve({ ...shared, ...requests, ...told, onOutcome }),
    connections: { ...shared, check, streams, onOpened, onConnection },
  };
}
