import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

interface EntryPort {
  readonly entry: Resource<'ServiceEntry'>;
  readonly index: number;
  readonly protocol: string;
}

/** IST0177: two ServiceEntries that one client sees give a host and port different protocols. */
export const serviceEntryProtocol: AnalysisRule = ({ resources }) => {
  const byPort = new Map<string, EntryPort[]>();
  for (const entry of resources.of('ServiceEntry')) {
    for (const host of entry.spec.hosts) {
      for (const [index, { number, protocol }] of entry.spec.ports.entries()) {
        const key = `${host.toLowerCase()} ${number}`;
        const port = { entry, index, protocol: (protocol || 'TCP').toUpperCase() };
        const known = byPort.get(key);
        if (known) known.push(port);
        else byPort.set(key, [port]);
      }
    }
  }
  return [...byPort].flatMap(([key, ports]) => (ports.length > 1 ? conflicts(key, ports) : []));
};

/** More rivals than a message can name; each is compared with these only, so that many cost no more than few. */
const RIVALS = 50;

function conflicts(key: string, ports: readonly EntryPort[]) {
  const [host, number] = key.split(' ');
  return ports.flatMap(({ entry, index, protocol }) => {
    const rivals = ports
      .slice(0, RIVALS)
      .filter((other) => other.protocol !== protocol && meet(entry, other.entry));
    if (rivals.length === 0) return [];
    const all = [...rivals.map((other) => other.entry), entry];
    const names = [...new Set(all.map(({ namespace, name }) => `${namespace}/${name}`))].sort().join(', ');
    const protocols = [...new Set([protocol, ...rivals.map((other) => other.protocol)])].sort().join(', ');
    const message = `Multiple ServiceEntries (${names}) define the same host "${host}" and port ${number} with conflicting protocols (${protocols}).`;
    const remedy = 'give the port one protocol, or export the entries to different namespaces';
    return [finding('IST0177', entry, ['spec', 'ports', index, 'protocol'], message, remedy)];
  });
}

type Entry = Resource<'ServiceEntry'>;

/** Whether some namespace sees both. */
function meet(left: Entry, right: Entry): boolean {
  const [one, other] = [audience(left), audience(right)];
  if (one.has('*')) return other.size > 0;
  return other.has('*') ? one.size > 0 : [...one].some((name) => other.has(name));
}

function audience({ namespace, spec }: Entry): Set<string> {
  return new Set(spec.exportTo.filter((to) => to !== '~').map((to) => (to === '.' ? namespace : to)));
}
