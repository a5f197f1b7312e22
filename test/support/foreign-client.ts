import { spawn, spawnSync } from 'node:child_process';
import type { CertificateFiles } from './mesh-certificate.ts';

/** What a client that is no part of this project saw. */
export interface ClientResult {
  /** Null when it had to be killed. */
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

export interface TlsRequest {
  readonly port: number;
  /** SNI. */
  readonly serverName: string;
  readonly path: string;
  /** Lines between the request line and the end of the head. */
  readonly headers?: readonly string[];
  readonly certificate?: CertificateFiles;
  /** PEM file of what the client trusts. */
  readonly roots: string;
  /** Absent: `weft,http/1.1`, as the mesh offers. */
  readonly alpn?: string;
}

const killAfterMs = 20_000;

/** Why tests with these programs cannot run here, or false. Where CI is set they are demanded. */
export function missingPrograms(...names: readonly string[]): string | false {
  if (process.env.CI) return false;
  const absent = names.filter((name) => spawnSync(name, ['--version']).error !== undefined);
  return absent.length === 0 ? false : `not installed: ${absent.join(', ')}`;
}

/** One request by `openssl s_client` over TLS 1.3. It checks the server's certificate against `roots`. */
export function opensslRequest(request: TlsRequest): Promise<ClientResult> {
  const { port, serverName, roots, certificate, alpn = 'weft,http/1.1', path, headers = [] } = request;
  const proof = certificate
    ? ['-cert', certificate.certificate, '-cert_chain', certificate.certificate, '-key', certificate.key]
    : [];
  const args = ['-connect', `127.0.0.1:${port}`, '-servername', serverName, '-alpn', alpn, '-tls1_3'];
  const trust = ['-CAfile', roots, '-verify_return_error', '-quiet'];
  const lines = [`GET ${path} HTTP/1.1`, 'Host: reviews:9080', ...headers, 'Connection: close', '', ''];
  return run('openssl', ['s_client', ...args, ...trust, ...proof], lines.join('\r\n'));
}

/** One `curl -i` with more arguments. */
export function curl(...args: readonly string[]): Promise<ClientResult> {
  return run('curl', ['-sS', '-i', '--noproxy', '*', '--max-time', '15', ...args], '');
}

function run(command: string, args: readonly string[], input: string): Promise<ClientResult> {
  const child = spawn(command, args, { stdio: 'pipe', timeout: killAfterMs, killSignal: 'SIGKILL' });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (errors += chunk));
  // The server may have closed before everything is written.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output, errors }));
  });
}
