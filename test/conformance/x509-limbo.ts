import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeOnePem } from '../../src/identity/pem.ts';
import { type Certificate, parseCertificate } from '../../src/identity/x509/certificate.ts';
import { formatAddress } from '../../src/identity/x509/certificate-names.ts';
import { isSelfIssued } from '../../src/identity/x509/certificate-rules.ts';
import { formatName } from '../../src/identity/x509/distinguished-name.ts';
import { Purpose, readAuthorityKeyId, readBasicConstraints } from '../../src/identity/x509/extensions.ts';
import { readAltNames } from '../../src/identity/x509/general-name.ts';
import { MAX_PATH, verifyPath } from '../../src/identity/x509/path.ts';
import type { CaseResult, Suite } from './suite.ts';

interface PeerName {
  readonly kind: 'DNS' | 'IP' | 'RFC822';
  readonly value: string;
}

interface Case {
  readonly id: string;
  readonly features: readonly string[];
  readonly validation_kind: 'SERVER' | 'CLIENT';
  readonly validation_time?: string | null;
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  readonly expected_result: 'SUCCESS' | 'FAILURE';
  readonly expected_peer_name?: PeerName | null;
  readonly expected_peer_names: readonly PeerName[];
  readonly max_chain_depth?: number | null;
}

/**
 * x509-limbo: a leaf accepted or refused. The mesh verifies chains in the order in which TLS sends them, so every order
 * that limbo's pool gives by name is tried; a wildcard is a name like any other and matches only itself.
 */
export const suite: Suite = {
  name: 'x509-limbo',
  async run(data) {
    const { testcases } = JSON.parse(await readFile(join(data, 'x509-limbo.json'), 'utf8')) as {
      readonly testcases: readonly Case[];
    };
    const results: CaseResult[] = [];
    for (const one of testcases) results.push(await judge(one));
    return results;
  },
};

const NOW = Date.UTC(2026, 10, 23);
/** Orders of one pool that are tried before it counts as refused. */
const MAX_ORDERS = 256;

async function judge(one: Case): Promise<CaseResult> {
  if (one.features.includes('has-crl'))
    return { id: one.id, verdict: 'not-applicable', rule: 'revocation-list' };
  const reason = await refusal(one);
  const expected = one.expected_result === 'SUCCESS' ? 'accepted' : 'refused';
  const got = reason === undefined ? 'accepted' : 'refused';
  // A rule stands only for what is refused: nothing that should be refused is accepted by one.
  const rule = got === 'refused' && expected === 'accepted' ? ruleOf(one) : undefined;
  if (rule !== undefined) return { id: one.id, verdict: 'not-applicable', rule };
  return {
    id: one.id,
    verdict: got === expected ? 'passed' : 'failed',
    expected,
    got: reason === undefined ? got : `refused: ${reason}`,
  };
}

/** Why the profile of the mesh refuses more than RFC 5280 does, read from the certificates. */
function ruleOf(one: Case): string | undefined {
  const leaf = parsed(one.peer_certificate);
  if (leaf === undefined) return undefined;
  if (readBasicConstraints(leaf)?.ca) return 'authority-as-leaf';
  if (!leaf.extensions.some(({ oid }) => oid === EXTENDED_KEY_USAGE)) return 'leaf-without-purpose';
  if (wantedNames(one).some((name) => !hasName(leaf, name) && hasWildcard(leaf, name)))
    return 'wildcard-name';
  if (hasOtherCommonName(leaf)) return 'common-name';
  if (uncriticalConstraints(one)) return 'uncritical-name-constraints';
  if (one.trusted_certs.map(parsed).some(isCrossSignedWithoutKey)) return 'cross-signed-root';
  return one.untrusted_intermediates.length + 2 > MAX_PATH ? 'more-than-four-certificates' : undefined;
}

const EXTENDED_KEY_USAGE = '2.5.29.37';
const NAME_CONSTRAINTS = '2.5.29.30';

/** As the rule for leaves states it: the common name is none of the hosts. */
function hasOtherCommonName(leaf: Certificate): boolean {
  const names = readAltNames(leaf).map(({ kind, text, content }) =>
    kind === 'ip' ? formatAddress(content) : text,
  );
  const name = /(?:^|,)CN=([^,]*)/.exec(formatName(leaf.subject))?.[1];
  return name !== undefined && !names.includes(name);
}

function isCrossSignedWithoutKey(root: Certificate | undefined): boolean {
  return root !== undefined && !isSelfIssued(root) && readAuthorityKeyId(root) === undefined;
}

function uncriticalConstraints({ trusted_certs, untrusted_intermediates }: Case): boolean {
  const issuers = [...trusted_certs, ...untrusted_intermediates].map(parsed);
  return issuers.some((one) =>
    one?.extensions.some(({ oid, critical }) => oid === NAME_CONSTRAINTS && !critical),
  );
}

/** Undefined where the leaf is accepted. */
async function refusal(one: Case): Promise<string | undefined> {
  try {
    const leaf = parseCertificate(decodeOnePem('CERTIFICATE', one.peer_certificate));
    const missing = wantedNames(one).find((name) => !hasName(leaf, name));
    if (missing) return `does not name ${missing.value}`;
    return await refusedInEveryOrder(one, leaf);
  } catch (cause) {
    return String(cause);
  }
}

async function refusedInEveryOrder(one: Case, leaf: Certificate): Promise<string | undefined> {
  const roots = one.trusted_certs.map(parsed).filter((root) => root !== undefined);
  const pool = one.untrusted_intermediates.map(parsed).filter((intermediate) => intermediate !== undefined);
  const purpose = one.validation_kind === 'SERVER' ? Purpose.server : Purpose.client;
  const now = one.validation_time ? Date.parse(one.validation_time) : NOW;
  const depth = typeof one.max_chain_depth === 'number' ? { maxDepth: one.max_chain_depth } : {};
  let reason = 'no order';
  let tried = 0;
  for (const path of orders([leaf], pool)) {
    if (++tried > MAX_ORDERS) return 'too many orders';
    try {
      await verifyPath({ path, roots, purpose, now, ...depth });
      return undefined;
    } catch (cause) {
      reason = String(cause);
    }
  }
  return reason;
}

/** A path, and every longer one that the pool gives by name. */
function* orders(
  path: readonly Certificate[],
  pool: readonly Certificate[],
): Iterable<readonly Certificate[]> {
  yield path;
  if (path.length === MAX_PATH) return;
  const issuer = hexOf(path.at(-1)?.issuer);
  for (const next of pool) {
    if (hexOf(next.subject) === issuer && !path.includes(next)) yield* orders([...path, next], pool);
  }
}

function hexOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}

function parsed(pem: string): Certificate | undefined {
  try {
    return parseCertificate(decodeOnePem('CERTIFICATE', pem));
  } catch {
    return undefined;
  }
}

function wantedNames({ expected_peer_name, expected_peer_names }: Case): readonly PeerName[] {
  return expected_peer_name ? [expected_peer_name, ...expected_peer_names] : expected_peer_names;
}

const KINDS = { DNS: 'dns', IP: 'ip', RFC822: 'email' } as const;

function hasName(leaf: Certificate, { kind, value }: PeerName): boolean {
  return readAltNames(leaf).some((name) => {
    if (name.kind !== KINDS[kind]) return false;
    return (name.kind === 'ip' ? formatAddress(name.content) : name.text) === value;
  });
}

function hasWildcard(leaf: Certificate, { value }: PeerName): boolean {
  const wildcard = `*${value.slice(value.indexOf('.'))}`;
  return readAltNames(leaf).some(({ kind, text }) => kind === 'dns' && text === wildcard);
}
