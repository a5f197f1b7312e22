/** Where a sidecar is reached, and who it is: its event `ready`. */
export interface SidecarPorts {
  readonly identity: string;
  readonly inbound: number;
  readonly outbound: number;
  readonly admin: number;
  /** Where they were asked for. */
  readonly status?: number;
  readonly health?: number;
  readonly metrics?: number;
  readonly spiffe?: number;
  readonly edge?: number;
}

/** Reads the event; throws on one that is not whole. */
export function sidecarPorts(event: Readonly<Record<string, unknown>>): SidecarPorts {
  const port = (name: string): number => {
    const value = event[name];
    if (typeof value === 'number') return value;
    throw new Error(`the sidecar does not tell its ${name} port`);
  };
  const identity = String(event.identity ?? '');
  const told = (['status', 'health', 'metrics', 'spiffe', 'edge'] as const).filter(
    (name) => event[name] !== undefined,
  );
  return {
    identity,
    inbound: port('inbound'),
    outbound: port('outbound'),
    admin: port('admin'),
    ...Object.fromEntries(told.map((name) => [name, port(name)])),
  };
}
