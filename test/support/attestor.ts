import assert from 'node:assert/strict';
import { Registry } from '../../control/registry.ts';
import { workloadApi } from '../../control/workload-api.ts';
import type { Authority } from '../../src/identity/authority/authority.ts';
import { listIssuances } from '../../src/identity/authority/issuance-log.ts';
import { JoinTokens } from '../../src/identity/authority/join-token.ts';
import { decodePem } from '../../src/identity/pem.ts';
import { formatSpiffeId } from '../../src/identity/spiffe.ts';
import { peerSpiffeId } from '../../src/identity/x509/peer-id.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { RememberedLog } from './control-parts.ts';
import { NOON, TRUST_DOMAIN, testBundle, testPorts } from './identity-mesh.ts';
import { ManualClock } from './scripted-transport.ts';

const HOUR = 3_600_000;
const grant = { namespace: 'default', serviceAccount: 'reviews', workload: 'reviews-v1' };

/** Control's workload API over an authority, with nothing else. */
export class Attestor {
  readonly clock = new ManualClock();
  readonly store = new MemoryStore();
  readonly log = new RememberedLog();
  readonly tokens: JoinTokens;
  readonly authority: Authority;
  readonly #app: ReturnType<typeof workloadApi>;

  constructor(ca: Authority) {
    this.clock.time = NOON;
    this.authority = ca;
    const { clock, store, log } = this;
    this.tokens = new JoinTokens({ store, clock, random: testPorts().random });
    this.#app = workloadApi({
      authority: ca,
      tokens: this.tokens,
      registry: new Registry(clock, TRUST_DOMAIN, 15_000),
      store,
      credentials: { for: async () => [] },
      signingKeys: [],
      trust: { mesh: 'demo', bundle: () => testBundle(ca), clock, log },
      clock,
      log,
      svidTtlMs: HOUR,
      onEndpoints: async () => {},
    });
  }

  async token(): Promise<string> {
    return (await this.tokens.mint(grant)).token;
  }

  async post(path: string, body: unknown, proof?: string): Promise<Response> {
    const headers = {
      'content-type': 'application/json',
      ...(proof === undefined ? {} : { authorization: proof }),
    };
    const written = typeof body === 'string' ? body : JSON.stringify(body);
    return this.#app.request(path, { method: 'POST', headers, body: written });
  }

  async issued(): Promise<number> {
    return (await listIssuances(this.store, 1000)).length;
  }
}

/** The ID in an answer of 200. */
export async function certifiedId(response: Response): Promise<string> {
  assert.equal(response.status, 200);
  const { chain } = (await response.json()) as { chain: string };
  const [leaf = new Uint8Array()] = decodePem('CERTIFICATE', chain);
  return formatSpiffeId(peerSpiffeId(leaf, TRUST_DOMAIN));
}
