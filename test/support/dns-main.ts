/** A DNS server of the mesh as a process of its own: prints its port, and at each line of stdin what it has used, in µs. */
import process from 'node:process';
import { NameTable } from '../../src/dns/name-table.ts';
import { DnsServer } from '../../src/runtime/sockets/dns-server.ts';

const services = Array.from({ length: 1_000 }, (_, i) => ({
  host: `service-${i}.default.svc.cluster.local`,
  addresses: [`240.240.${i >> 8}.${i & 255}`, `2001:2::f0f0:${i.toString(16)}`],
}));
const table = new NameTable(services, 'default');
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const upstream = { ask: async () => undefined };
const server = await DnsServer.open({ port: 0, table: () => table, upstream, log: silent });
const used = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
process.stdin.on('data', () =>
  process.stdout.write(`${JSON.stringify({ port: server.port, used: used() })}\n`),
);
process.stdin.on('end', () => process.exit(0));
