import { openPorts } from '../compile/plaintext-port.ts';
import { workloadsOf } from '../compile/workload.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** WFT0207: services open several ports of a workload, and its sidecar knows one port of the application. */
export const sharedApplicationPort: AnalysisRule = ({ resources, registry }) => {
  const workloads = new Map(workloadsOf(resources).map((one) => [`${one.namespace}/${one.name}`, one]));
  return resources.of('Deployment').flatMap((deployment) => {
    const workload = workloads.get(`${deployment.namespace}/${deployment.name}`);
    const ports = workload ? openPorts(workload, registry) : [];
    if (ports.length < 2) return [];
    const message = `services open the ports ${ports.join(', ')} of this workload; each has its own policies, and the sidecar sends all of them to the one --app-port of the application`;
    return [finding('WFT0207', deployment, ['spec'], message)];
  });
};
