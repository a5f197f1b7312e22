import { stringify } from 'yaml';
import { ControlClient } from '../control-client.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { jsonText, lifeText } from '../mesh-state.ts';
import { type CaStatus, type CertificateFacts, caPath, type ListedIssuance } from './ca-state.ts';
import { issuanceText } from './list.ts';
import { rotationText } from './rotation-text.ts';

export interface ShowFlags {
  readonly state: string;
  readonly output: string;
}

/** `weft ca show [what]`: the authority, its roots or intermediates, or what was issued by serial number or to an ID. */
export async function show(what: string | undefined, { state, output }: ShowFlags): Promise<void> {
  const control = ControlClient.fromState(state);
  const isAuthority = what === undefined || what === 'root' || what === 'intermediate';
  const text = isAuthority
    ? authorityText(await control.get<CaStatus>(caPath), what, output)
    : await issued(control, what, output);
  process.stdout.write(`${text}\n`);
}

async function issued(control: ControlClient, what: string, output: string): Promise<string> {
  const isId = what.includes('/') || /[g-z]/.test(what);
  const query = new URLSearchParams(isId ? { id: what } : { serial: what.replaceAll(':', '').toLowerCase() });
  const found = await control.get<ListedIssuance[]>(`${caPath}/issuances?${query}`);
  if (found.length === 0) throw new CommandError(`no certificate of ${what} was issued`, exitCode.error);
  return issuanceText(found, output === 'text' ? 'table' : output, Date.now());
}

function authorityText(status: CaStatus, part: string | undefined, output: string): string {
  const { roots, intermediates } = status;
  const shown = part === 'root' ? { roots } : part === 'intermediate' ? { intermediates } : { ...status };
  if (output === 'json') return jsonText(shown);
  if (output === 'yaml') return stringify({ apiVersion: 'cli.weft.dev/v1', ...shown }).trimEnd();
  if (part === 'root') return certificates(status, roots);
  if (part === 'intermediate') return certificates(status, intermediates);
  return wholeText(status);
}

const protections: Readonly<Record<CaStatus['keys'], string>> = {
  secret: 'wrapped by WEFT_CA_KEK',
  passphrase: 'wrapped by a passphrase',
  development:
    'wrapped by authority.kek beside it: for development; weft ca init makes one that is protected',
  'plug-in': 'of a plug-in CA, as its files are',
};

function wholeText(status: CaStatus): string {
  const { trustDomain, keys, roots, intermediates, denied, rotation } = status;
  return [
    `trust domain  ${trustDomain}`,
    `key           ${protections[keys]}`,
    '',
    'roots',
    certificates(status, roots),
    '',
    'intermediates',
    certificates(status, intermediates),
    '',
    denied.length === 0 ? 'nobody is revoked' : 'revoked',
    ...denied.map(({ value, reason, when }) => `  ${value}  ${new Date(when).toISOString()}  ${reason}`),
    ...(rotation ? ['', ...rotationText(rotation)] : []),
  ].join('\n');
}

function certificates({ rootInUse }: CaStatus, all: readonly CertificateFacts[]): string {
  const now = Date.now();
  return all
    .flatMap(({ subject, hash, serial, key, notBefore, notAfter }) => [
      `  ${subject}${hash === rootInUse ? '  (in use)' : ''}`,
      `    serial ${serial}, ${key}`,
      `    sha256 ${hash}`,
      `    from ${new Date(notBefore).toISOString()} to ${new Date(notAfter).toISOString()}, ${lifeText(notAfter - now)} left`,
    ])
    .join('\n');
}
