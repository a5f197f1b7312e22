import { openPorts } from '../compile/plaintext-port.ts';
import { workloadsOf } from '../compile/workload.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** WFT0207: services open several ports of a workload, and its sidecar knows one port of the application. */
export const sharedApplicationPort: AnalysisRule = ({ resources, registry }) => {
  const deployments = resources.of('Deployment');
  return workloadsOf(resources).flatMap((workload, index) => {
    const ports = openPorts(workload, registry);
    const deployment = deployments[index];
    if (ports.length < 2 || !deployment) return [];
    const message = `services open the ports ${ports.join(', ')} of this workload; each has its own policies, and the sidecar sends all of them to the one --app-port of the application`;
    return [finding('WFT0207', deployment, ['spec'], message)];
  });
};
