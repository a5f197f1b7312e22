import { openPorts } from '../compile/plaintext-port.ts';
import { workloadOf } from '../compile/workload.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** WFT0207: services open several ports of a workload, and its sidecar knows one port of the application. */
export const sharedApplicationPort: AnalysisRule = ({ registry, servicesBefore }) => ({
  Deployment: (deployment) => {
    const written = servicesBefore(deployment).reduce((sum, { ports }) => sum + ports.length, 0);
    if (written < 2) return [];
    const ports = openPorts(workloadOf(deployment), registry);
    if (ports.length < 2) return [];
    const message = `services open the ports ${ports.join(', ')} of this workload; each has its own policies, and the sidecar sends all of them to the one --app-port of the application`;
    return [finding('WFT0207', deployment, ['spec'], message)];
  },
});
