import assert from 'node:assert/strict';
import { defaultAttestors } from '../../control/attest/attestor-file.ts';
import { attestorsOf } from '../../control/attest/attestors.ts';
import { JwtAuthority } from '../../control/attest/jwt-authority.ts';
import { parseAttestorFile } from '../../control/attest/read-attestor-file.ts';
import { tokenIssuers } from '../../control/attest/token-issuers.ts';
import type { IssuanceBudget } from '../../control/ca/issuance-budget.ts';
import type { IssuanceGate } from '../../control/ca/issuance-gate.ts';
import { Registry } from '../../control/registry.ts';
import { workloadApi } from '../../control/workload-api.ts';
import type { IsDenied } from '../../src/identity/attest/attestor.ts';
import { SpentTokens } from '../../src/identity/attest/spent-tokens.ts';
import type { Authority } from '../../src/identity/authority/authority.ts';
import { listIssuances } from '../../src/identity/authority/issuance-log.ts';
import { JoinTokens } from '../../src/identity/authority/join-token.ts';
import { DenyList } from '../../src/identity/deny-list.ts';
import { decodePem } from '../../src/identity/pem.ts';
import { formatSpiffeId } from '../../src/identity/spiffe.ts';
import { peerSpiffeId } from '../../src/identity/x509/peer-id.ts';
import type { SwapStore } from '../../src/runtime/ports.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { RememberedLog } from './control-parts.ts';
import { NOON, TRUST_DOMAIN, testBundle, testPorts } from './identity-mesh.ts';
import { ManualClock } from './scripted-transport.ts';

const HOUR = 3_600_000;
const grant = { namespace: 'default', serviceAccount: 'reviews', workload: 'reviews-v1' };

/** What an attestor may be told besides its authority. */
export interface AttestorSettings {
  /** Text of a file of policies. */
  readonly policies?: string;
  readonly development?: boolean;
  readonly store?: SwapStore;
  /** What is found at each address, and in each file, of keys. */
  readonly documents?: ReadonlyMap<string, string>;
  readonly mesh?: string;
  /** Where callers wait their turn. */
  readonly gate?: Pick<IssuanceGate, 'run'>;
  /** How many certificates one may have; any number unless given. */
  readonly budget?: IssuanceBudget;
  /** An hour unless given, ms. */
  readonly svidTtlMs?: number;
}

/** Control's workload API over an authority, with nothing else. */
export class Attestor {
  readonly clock = new ManualClock();
  readonly store: SwapStore;
  #denied = new DenyList();
  /** Document addresses that were asked for. */
  readonly fetched: string[] = [];
  readonly jwtAuthority: Promise<JwtAuthority>;
  readonly log = new ReasonLog();
  readonly tokens: JoinTokens;
  readonly authority: Authority;
  readonly app: Promise<ReturnType<typeof workloadApi>>;

  constructor(ca: Authority, settings: AttestorSettings = {}) {
    this.clock.time = NOON;
    this.authority = ca;
    this.store = settings.store ?? new MemoryStore();
    const { clock, store } = this;
    const { random } = testPorts();
    this.tokens = new JoinTokens({ store, clock, random });
    const roots = () => ca.bundle();
    this.jwtAuthority = JwtAuthority.open({ file: new RememberedFile(), roots, clock, random });
    this.app = this.jwtAuthority.then((jwtAuthority) => this.#api(settings, jwtAuthority));
    // Whoever asks hears of it.
    this.app.catch(() => undefined);
  }

  #api(settings: AttestorSettings, jwtAuthority: JwtAuthority) {
    const {
      policies,
      development = false,
      mesh = 'demo',
      svidTtlMs = HOUR,
      documents = new Map(),
    } = settings;
    const { clock, store, log, authority: ca, tokens } = this;
    const file = policies === undefined ? defaultAttestors : parseAttestorFile(policies, 'attestors.yaml');
    const isDenied: IsDenied = (id, serial) => this.#denied.denies(id, serial);
    const fetch = async (uri: string) => {
      this.fetched.push(uri);
      return documents.get(uri) ?? Promise.reject(new Error(`there is no ${uri}`));
    };
    const readFile = (path: string) => documents.get(path) ?? assert.fail(`there is no ${path}`);
    const issuers = tokenIssuers(file, { fetch, allowed: new Set(), readFile, clock, log });
    const spent = new SpentTokens(store, clock);
    const trustDomain = TRUST_DOMAIN;
    return workloadApi({
      authority: ca,
      attestors: attestorsOf(file, { tokens, issuers, spent, isDenied, trustDomain, clock, development }),
      jwtAuthority,
      isDenied,
      registry: new Registry(clock, TRUST_DOMAIN, 15_000),
      store,
      credentials: { for: async () => [] },
      signingKeys: [],
      trust: { mesh, bundle: () => testBundle(ca), clock, log },
      clock,
      log,
      svidTtlMs,
      edgeDomain: undefined,
      ...(settings.gate && { gate: settings.gate }),
      ...(settings.budget && { budget: settings.budget }),
      onEndpoints: async () => {},
    });
  }

  async token(): Promise<string> {
    return (await this.tokens.mint(grant)).token;
  }

  async post(path: string, body: unknown, proof?: string, more: HeadersInit = {}): Promise<Response> {
    const headers = {
      'content-type': 'application/json',
      ...(proof === undefined ? {} : { authorization: proof }),
      ...more,
    };
    const written = typeof body === 'string' ? body : JSON.stringify(body);
    return (await this.app).request(path, { method: 'POST', headers, body: written });
  }

  async get(path: string, proof: string): Promise<Response> {
    return (await this.app).request(path, { headers: { authorization: proof } });
  }

  /** Denies an ID from now on, or the certificate of a serial number. */
  deny(value: string): void {
    this.#denied = new DenyList([{ kind: value.startsWith('spiffe:') ? 'id' : 'serial', value }]);
  }

  async issued(): Promise<number> {
    return (await listIssuances(this.store, 1000)).length;
  }
}

/** With the codes of refusals: `identity refused denied`. */
class ReasonLog extends RememberedLog {
  readonly lines: string[] = [];
  override warn = (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    this.events.push(`warn ${event}`);
    this.lines.push(`${event} ${String(fields.code)}`);
  };
}

/** A file that is forgotten. */
class RememberedFile {
  #text: string | undefined;
  read = async () => this.#text;
  write = async (text: string) => {
    this.#text = text;
  };
}

/** The ID in an answer of 200. */
export async function certifiedId(response: Response): Promise<string> {
  assert.equal(response.status, 200);
  const { chain } = (await response.json()) as { chain: string };
  const [leaf = new Uint8Array()] = decodePem('CERTIFICATE', chain);
  return formatSpiffeId(peerSpiffeId(leaf, TRUST_DOMAIN));
}
