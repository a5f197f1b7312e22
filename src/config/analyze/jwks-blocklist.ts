import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

const VARIABLE = 'BLOCKED_CIDRS_IN_JWKS_URIS';

/** IST0175: Istio's control plane fetches JWKS and is not told which addresses are off limits. */
export const jwksBlocklist: AnalysisRule = ({ resources }) => {
  const fetching = resources
    .of('RequestAuthentication')
    .filter(({ spec }) => spec.jwtRules.some(({ jwksUri }) => jwksUri));
  if (fetching.length === 0) return [];
  const names = fetching.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
  return resources
    .of('Deployment')
    .filter((deployment) => isControlPlane(deployment) && !setsVariable(deployment))
    .map((deployment) => {
      const message = `${VARIABLE} is not configured but ${fetching.length} RequestAuthentication resource(s) exist (${names}). Consider configuring it to restrict JWKS URI fetches to trusted networks.`;
      const path = ['spec', 'template', 'spec', 'containers'];
      return finding(
        'IST0175',
        deployment,
        path,
        message,
        `set ${VARIABLE}, e.g. to 169.254.0.0/16,127.0.0.0/8`,
      );
    });
};

function isControlPlane({ labels, name, spec }: Resource<'Deployment'>): boolean {
  const app = labels.get('app') ?? spec.template.metadata.labels?.get('app');
  return app === 'istiod' || name === 'istiod';
}

function setsVariable({ spec }: Resource<'Deployment'>): boolean {
  return spec.template.spec.containers.some(
    ({ env }) =>
      Array.isArray(env) &&
      env.some((entry: unknown) => {
        const written = entry as {
          readonly name?: unknown;
          readonly value?: unknown;
          readonly valueFrom?: unknown;
        };
        return written?.name === VARIABLE && Boolean(written.value || written.valueFrom);
      }),
  );
}
