import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import * as z from 'zod';
import { ingressGateway } from '../src/config/compile/targets.ts';
import { statuses } from '../src/config/status/statuses.ts';
import type { JoinTokens } from '../src/identity/authority/join-token.ts';
import type { JoinBundle } from '../src/identity/join-bundle.ts';
import type { Membership } from '../src/identity/membership.ts';
import type { Log, SwapStore } from '../src/runtime/ports.ts';
import { readSnapshot, readSources } from '../src/snapshot/read-publication.ts';
import { operatorsOnly } from './admission.ts';
import { type CaApiParts, caApi } from './ca/ca-api.ts';
import type { Configuration } from './configuration.ts';
import type { GatewayMirror } from './gateway-mirror.ts';
import type { History } from './history/history.ts';
import { historyApi } from './history/history-api.ts';
import type { JoinTerms } from './join-terms.ts';
import { type MeshStatusParts, meshStatus } from './observe/mesh-status.ts';
import type { Observation } from './observe/observation.ts';
import { observeApi } from './observe/observe-api.ts';
import { type ProofKeyApiParts, proofKeyApi } from './proof-key-api.ts';
import type { Publisher } from './publisher.ts';
import type { Registry } from './registry.ts';
import { resourceKey } from './resource-store.ts';
import { shownText } from './shown-text.ts';
import { writtenDocument } from './written-document.ts';

export interface OperatorApiParts extends Pick<ProofKeyApiParts, 'proofKeys'>, CaApiParts {
  readonly adminToken: string;
  readonly configuration: Configuration;
  readonly history: History;
  readonly observation: Observation;
  readonly status: MeshStatusParts;
  readonly publisher: Publisher;
  readonly mirror: GatewayMirror;
  readonly registry: Registry;
  readonly store: SwapStore;
  readonly tokens: JoinTokens;
  /** What every join bundle of this mesh says besides its token and workload. */
  readonly joinTerms: () => JoinTerms;
  readonly log: Log;
}

const files = z.array(z.strictObject({ file: z.string(), text: z.string() })).max(10_000);
const changeBody = z.strictObject({ files, replace: z.boolean().optional(), dryRun: z.boolean().optional() });
const joinBody = z.strictObject({
  namespace: z.string(),
  workload: z.string(),
  /** False for a workload that has other evidence (`--attest-token-file`). */
  token: z.boolean().default(true),
});

/** What `weft` calls: change and read the configuration and its history, mint join bundles, look at the running mesh. */
export function operatorApi(parts: OperatorApiParts): Hono {
  const { configuration, registry } = parts;
  const app = new Hono();
  app.use(bodyLimit({ maxSize: 32 * 1024 * 1024 }));
  app.use(operatorsOnly(parts.adminToken));
  app.onError((error, context) => {
    if (error instanceof z.ZodError || error instanceof SyntaxError)
      return context.text('malformed body', 400);
    parts.log.error('request failed', { path: context.req.path, error: String(error) });
    return context.text(`internal error: ${error.message}`, 500);
  });
  app.post('/apply', async (context) => {
    const { files, replace = false, dryRun = false } = changeBody.parse(await context.req.json());
    return context.json(await configuration.apply(files, { replace, dryRun }));
  });
  app.post('/delete', async (context) => {
    const { files, dryRun = false } = changeBody.parse(await context.req.json());
    return context.json(await configuration.remove(files, { dryRun }));
  });
  app.get('/resources', async (context) => context.json(await listed(configuration)));
  app.get('/publication', async (context) => context.json(await publication(parts)));
  // Answers when the gateway's store has all that is published and registered by now.
  app.post('/settle', async (context) => {
    await parts.mirror.settled();
    return context.json({});
  });
  app.get('/instances', (context) => context.json(registry.leases));
  app.get('/status', async (context) => context.json(await meshStatus(parts.status)));
  app.route('/', historyApi(parts));
  app.route('/', observeApi(parts.observation));
  app.route('/', caApi(parts));
  app.route('/', proofKeyApi({ proofKeys: parts.proofKeys, trustDomain: parts.joinTerms().trustDomain }));
  app.post('/join-bundles', async (context) => {
    const { namespace, workload, token } = joinBody.parse(await context.req.json());
    const bundle = await mint(parts, namespace, workload, token);
    return bundle
      ? context.json(bundle)
      : context.text(`there is no Deployment or gateway ${namespace}/${workload}`, 404);
  });
  return app;
}

/** `line` is that of the first key, `textLine` that of the text with the comments before it. */
async function listed(configuration: Configuration) {
  const { resources } = await configuration.stored();
  const byKey = new Map(statuses(resources).map((one) => [resourceKey(one), one.status]));
  return resources.map((resource) => ({
    kind: resource.kind,
    namespace: resource.namespace,
    name: resource.name,
    ...resource.origin.at([]),
    text: shownText(resource.kind, resource.origin.text),
    textLine: writtenDocument(resource).line,
    status: byKey.get(resourceKey(resource)),
  }));
}

/** Everything in force, decoded: what `weft explain` decides by. */
async function publication({ publisher, store }: OperatorApiParts) {
  const manifest = await publisher.current();
  if (!manifest) return { revision: 0, targets: [], sources: [] };
  const names = manifest.targets.map(([target]) => target);
  const targets = await Promise.all(
    names.map(async (name) => [name, await readSnapshot(store, manifest, name)]),
  );
  return { revision: manifest.revision, targets, sources: await readSources(store, manifest) };
}

async function mint(
  parts: OperatorApiParts,
  namespace: string,
  workload: string,
  withToken: boolean,
): Promise<JoinBundle | Membership | undefined> {
  const account = accountOf(parts, namespace, workload);
  if (account === undefined) return undefined;
  const grant = { namespace, workload, serviceAccount: account };
  const token = withToken && (await parts.tokens.mint(grant)).token;
  return { ...parts.joinTerms(), ...(token !== false && { token }), ...grant };
}

/** The gateway of every mesh has its account whether or not a Deployment stands for it. */
function accountOf({ registry }: OperatorApiParts, namespace: string, workload: string): string | undefined {
  const isGateway = namespace === ingressGateway.namespace && workload === ingressGateway.name;
  return isGateway ? ingressGateway.serviceAccount : registry.serviceAccountOf(namespace, workload);
}
