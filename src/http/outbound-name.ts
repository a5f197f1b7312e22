import { parsePort } from './authority.ts';

/** The service port that a mesh client names in its TLS server name. */
export interface OutboundName {
  readonly port: number;
  /** Empty when the client asks for no subset. */
  readonly subset: string;
  /** The service's full name. */
  readonly service: string;
}

const PREFIX = 'outbound_.';
const SUBSET = /^[a-z0-9-]{0,63}$/;
const SERVICE = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/** Istio's server name of a cluster: `outbound_.9080_.v1_.reviews.default.svc.cluster.local`. */
export function outboundName(port: number, subset: string, service: string): string {
  return `${PREFIX}${port}_.${subset}_.${service}`;
}

/** What such a name says, or undefined when it is another one. Server names compare without case. */
export function parseOutboundName(serverName: string): OutboundName | undefined {
  const name = serverName.toLowerCase();
  if (!name.startsWith(PREFIX) || name.length > 255) return undefined;
  const portEnd = name.indexOf('_.', PREFIX.length);
  const subsetEnd = portEnd < 0 ? -1 : name.indexOf('_.', portEnd + 2);
  if (subsetEnd < 0) return undefined;
  const port = parsePort(name.slice(PREFIX.length, portEnd));
  const subset = name.slice(portEnd + 2, subsetEnd);
  const service = name.slice(subsetEnd + 2);
  if (port === undefined || !SUBSET.test(subset) || !SERVICE.test(service)) return undefined;
  return { port, subset, service };
}
