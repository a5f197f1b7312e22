import type { ProxyPorts } from './process/weft-proxy.ts';

/** A proxy as a process: what it runs as, where it listens, and how it ends. */
export interface Started {
  readonly pid: number;
  readonly ports: ProxyPorts;
  stop(): Promise<void>;
}
