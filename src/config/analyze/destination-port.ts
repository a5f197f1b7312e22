import { clientsOf } from './destinations.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** IST0101, IST0112: a destination names a port that its host has not, or none where the host has several. */
export const destinationPort: AnalysisRule = ({ hosts, destinations }) => ({
  VirtualService: (owner) =>
    destinations(owner).flatMap(({ path, host, port }) => {
      const [known] = hosts.find(host, clientsOf(owner));
      if (!known || known.ports.length === 0) return [];
      const numbers = known.ports.map(({ number }) => number);
      const ports = numbers.join(', ');
      if (port === undefined && numbers.length > 1) {
        const message = `This VirtualService routes to a service "${host}" that exposes multiple ports [${ports}]. Specifying a port in the destination is required to disambiguate.`;
        return [finding('IST0112', owner, path, message, `add port: {number: ${numbers[0]}}`)];
      }
      if (port === undefined || numbers.includes(port)) return [];
      const message = `Referenced host:port not found: "${host}:${port}"`;
      return [finding('IST0101', owner, [...path, 'port', 'number'], message, `its ports are ${ports}`)];
    }),
});
