import type { Log } from '../src/runtime/ports.ts';
import type { Finding } from '../src/runtime/sockets/precheck/precheck-tls.ts';
import type { Snapshot } from '../src/snapshot/snapshot.ts';

/**
 * Rejects where a port is STRICT and the TLS of this runtime does not keep strangers out: better no sidecar than one that
 * seems to be STRICT. A TLS that cannot be tried (a sandbox without a loopback port) is logged.
 */
export async function demandSafeTls(
  snapshot: Snapshot | undefined,
  precheck: () => Promise<readonly Finding[]>,
  log: Log,
): Promise<void> {
  if (snapshot === undefined || !isStrict(snapshot)) return;
  const findings = await precheck().catch((error: unknown) => {
    log.warn('TLS of the runtime not tried', { error: String(error) });
    return [];
  });
  const faults = findings.filter(({ fault }) => fault !== '').map(({ what, fault }) => `${what}: ${fault}`);
  if (faults.length > 0)
    throw new Error(`the TLS of this runtime cannot be trusted with a STRICT workload: ${faults.join('; ')}`);
}

function isStrict({ inbound, inboundPassthrough }: Snapshot): boolean {
  const others = inboundPassthrough === undefined ? [] : [inboundPassthrough, ...inboundPassthrough.ports];
  return [...inbound, ...others].some(({ mtls }) => mtls === 'STRICT');
}
