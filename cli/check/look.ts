import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { analyze } from '../../src/config/analyze/analyze.ts';
import { compileMesh } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import type { Diagnostic } from '../../src/config/diagnostic.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';
import { publicJwk, thumbprint } from '../../src/snapshot/signing-key.ts';
import { ControlClient } from '../control-client.ts';
import { CommandError } from '../exit-code.ts';
import type { MeshStatus, RunningProxy } from '../mesh-state.ts';

/** The signing key in the state directory. */
export interface SigningKeyFile {
  /** RFC 7638. */
  readonly thumbprint: string;
  /** Whether others than its owner may read it. */
  readonly open: boolean;
}

/** What was seen of a running mesh. Times are milliseconds since the epoch. */
export interface MeshLook {
  readonly control: string;
  readonly status: MeshStatus;
  /** When control's answer was there, and how long it took, ms. */
  readonly now: number;
  readonly answerMs: number;
  readonly proxies: readonly RunningProxy[];
  readonly diagnostics: readonly Diagnostic[];
  /** Undefined when it is not in the state directory. */
  readonly signingKey: SigningKeyFile | undefined;
  readonly rootExpires: number;
  /** Undefined when nobody knows where it is. */
  readonly gateway: GatewayAnswer | undefined;
}

export interface GatewayAnswer {
  readonly url: string;
  /** HTTP status; 0 = no answer. */
  readonly status: number;
  /** Whether it has a page that says that it is ready. */
  readonly tells: boolean;
}

const gatewayMs = 3000;

/** Looks once at everything; the reason as text when control cannot be asked. */
export async function lookAtMesh(state: string): Promise<MeshLook | string> {
  try {
    return await look(state, ControlClient.fromState(state));
  } catch (error) {
    if (error instanceof CommandError) return error.message;
    throw error;
  }
}

async function look(state: string, control: ControlClient): Promise<MeshLook> {
  const asked = Date.now();
  const status = await control.get<MeshStatus>('/v1/admin/status');
  const now = Date.now();
  const proxies = await control.get<RunningProxy[]>('/v1/admin/proxies');
  const signingKey = await keyFile(join(state, 'signing-key.json'));
  return {
    control: control.url,
    status,
    now,
    answerMs: now - asked,
    proxies,
    diagnostics: await diagnosticsOf(control),
    signingKey,
    rootExpires: Math.min(...rootsOf(status.roots).map(({ validTo }) => Date.parse(validTo))),
    gateway: await askGateway(state, proxies),
  };
}

/** Leading blank lines put each document back on the line where it stood. */
async function diagnosticsOf(control: ControlClient): Promise<readonly Diagnostic[]> {
  const listed = await control.get<{ file: string; textLine: number; text: string }[]>('/v1/admin/resources');
  const files = listed.map(({ file, textLine, text }) => ({ file, text: '\n'.repeat(textLine - 1) + text }));
  const { resources, diagnostics } = readConfiguration(files);
  return [
    ...diagnostics,
    ...analyze([...resources]),
    ...compileMesh(resources, defaultMeshSettings).diagnostics,
  ];
}

async function keyFile(file: string): Promise<SigningKeyFile | undefined> {
  if (!existsSync(file)) return undefined;
  const open = (statSync(file).mode & 0o077) !== 0;
  return { thumbprint: await thumbprint(publicJwk(JSON.parse(readFileSync(file, 'utf8')))), open };
}

function rootsOf(pem: string): X509Certificate[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return found.map((one) => new X509Certificate(one));
}

/** A Worker has a page for it; of another gateway any answer shows that it is there. */
async function askGateway(
  state: string,
  proxies: readonly RunningProxy[],
): Promise<GatewayAnswer | undefined> {
  const file = join(state, 'mesh.json');
  const told = proxies.find(({ kind, runtime }) => kind === 'gateway' && runtime === 'workerd');
  const { gateway } = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { gateway?: string })
    : {};
  const url = gateway ?? (told && `http://${told.address}:${told.port}`);
  if (url === undefined) return undefined;
  const tells = told !== undefined;
  const page = new URL(tells ? '/.well-known/weft/ready' : '/', url);
  const response = await fetch(page, { signal: AbortSignal.timeout(gatewayMs), redirect: 'manual' }).catch(
    () => undefined,
  );
  await response?.body?.cancel();
  return { url, status: response?.status ?? 0, tells };
}
