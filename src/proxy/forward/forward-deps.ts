import type { Clock, Random } from '../../runtime/ports.ts';
import type { Cluster } from '../../snapshot/cluster.ts';
import type { MetadataExchange } from '../metadata-exchange.ts';
import type { BodyPort } from './body-port.ts';
import type { EndpointTable } from './endpoint-table.ts';
import type { OnOutcome } from './outcome.ts';
import type { ProxyResponse, Transport } from './transport.ts';

/** What `forward` works with; `clusters` are those of the snapshot that decided. */
export interface ForwardDeps<Body> {
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly endpoints: EndpointTable;
  readonly transport: Transport<Body>;
  readonly bodies: BodyPort<Body>;
  readonly clock: Clock;
  readonly random: Random;
  /** What mesh peers tell each other; without it nothing is told and nothing believed. */
  readonly metadata?: MetadataExchange | undefined;
  readonly onOutcome?: OnOutcome;
}

/** A response with Envoy's response flags. */
export interface Forwarded<Body> extends ProxyResponse<Body> {
  readonly flags: string;
}

/** A request body that is longer is sent once, and not mirrored. */
export const REPLAY_LIMIT = 64 * 1024;
