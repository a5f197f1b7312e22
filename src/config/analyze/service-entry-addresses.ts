import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** IST0134: TCP is told apart by addresses, and the ServiceEntry has none. */
export const serviceEntryAddresses: AnalysisRule = ({ resources, addressesAllocated }) =>
  addressesAllocated
    ? []
    : resources.of('ServiceEntry').flatMap((entry) =>
        entry.spec.addresses.length > 0
          ? []
          : entry.spec.ports.flatMap(({ protocol = '' }, index) => {
              if (!['', 'TCP'].includes(protocol.toUpperCase())) return [];
              const message = 'ServiceEntry addresses are required for this protocol.';
              const remedy = 'add addresses, or name the protocol if it is HTTP, HTTPS, TLS or GRPC';
              return [finding('IST0134', entry, ['spec', 'ports', index], message, remedy)];
            }),
      );
