import { groupBy } from '../compile/group-by.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

type Deployment = Resource<'Deployment'>;
type Service = Resource<'Service'>;

interface Opened {
  readonly service: string;
  readonly port: number;
  readonly target: string;
  readonly protocol: string;
}

/** IST0116, IST0137: Services that select one Deployment disagree on a port's protocol or target. */
export const severalServices: AnalysisRule = ({ servicesBefore }) => ({
  Deployment: (deployment) => {
    const services = servicesBefore(deployment);
    if (services.length < 2) return [];
    const written = services.flatMap(({ resource }) => (resource.kind === 'Service' ? [resource] : []));
    return written.length < 2 ? [] : judge(deployment, written.flatMap(opened));
  },
});

function judge(deployment: Deployment, ports: readonly Opened[]): Diagnostic[] {
  const name = `${deployment.name}.${deployment.namespace}`;
  const path = ['metadata', 'name'];
  const protocols = [...groupBy(ports, ({ port }) => port)].flatMap(([port, same]) => {
    const different = [...new Set(same.map(({ protocol }) => protocol))];
    if (different.length < 2) return [];
    const message = `This deployment ${name} is associated with multiple services using port ${port} but different protocols: [${different.join(' ')}]`;
    return [finding('IST0116', deployment, path, message, 'give the port one protocol')];
  });
  const targets = [...groupBy(ports, ({ target }) => target)].flatMap(([target, same]) => {
    const different = [...new Set(same.map(({ port }) => port))];
    const services = [...new Set(same.map(({ service }) => service))];
    if (different.length < 2 || services.length < 2) return [];
    const message = `This deployment ${name} is associated with multiple services [${services.join(' ')}] using targetPort "${target}" but different ports: [${different.join(' ')}].`;
    return [finding('IST0137', deployment, path, message, 'open the target by one port')];
  });
  return [...protocols, ...targets];
}

function opened({ name, spec }: Service): Opened[] {
  return spec.ports.map(({ port, targetPort, protocol }) => ({
    service: name,
    port,
    target: String(targetPort ?? port),
    protocol,
  }));
}
