import type { StateDirectory } from '../src/runtime/store/state-directory.ts';

const file = 'ports.json';

/** Where a sidecar is reached: by its peers, by its application, by its operator. */
export interface Ports {
  readonly inbound: number;
  readonly outbound: number;
  readonly admin: number;
  /** By gateways that sign their requests; 0 = not at all. */
  readonly edge: number;
}

const nowhere: Ports = { inbound: 0, outbound: 0, admin: 0, edge: 0 };

/** Where the last process of this state directory was reached; zeros where that is not known. */
export function lastPorts(state: StateDirectory | undefined): Ports {
  try {
    const { inbound, outbound, admin, edge } = Object(JSON.parse(state?.read(file) ?? '{}'));
    return {
      inbound: portOr0(inbound),
      outbound: portOr0(outbound),
      admin: portOr0(admin),
      edge: portOr0(edge),
    };
  } catch {
    return nowhere;
  }
}

/** For the next process: peers and the application still know these when control is away. */
export function keepPorts(state: StateDirectory | undefined, ports: Ports): void {
  const { inbound, outbound, admin, edge } = ports;
  state?.write(file, JSON.stringify({ inbound, outbound, admin, edge }));
}

/** Opens the wanted port; without a wish (0) the last one, or any other when somebody has taken that. */
export async function openPort<T>(
  wish: number,
  last: number,
  open: (port: number) => Promise<T>,
): Promise<T> {
  if (wish !== 0 || last === 0) return open(wish);
  return open(last).catch((error: unknown) => {
    if (Object(error).code === 'EADDRINUSE') return open(0);
    throw error;
  });
}

function portOr0(value: unknown): number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= 65535 ? Number(value) : 0;
}
