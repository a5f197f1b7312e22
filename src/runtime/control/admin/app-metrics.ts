import { request } from 'node:http';

/** Where the application tells its metrics, on loopback. */
export interface AppMetrics {
  readonly port: number;
  readonly path: string;
}

/** The application's page is not read any further, bytes. */
const LONGEST = 16 * 1024 * 1024;
const timeoutMs = 5000;

/**
 * Reads ISTIO_PROMETHEUS_ANNOTATIONS, which Istio's injector writes: `{"scrape":"true","path":"/metrics","port":"9080"}`.
 * Undefined where nothing is to be scraped; throws on anything else.
 */
export function parseAppMetrics(text: string | undefined): AppMetrics | undefined {
  if (text === undefined || text === '') return undefined;
  const { scrape = '', path = '/metrics', port = '80' } = parseAnnotations(text);
  if (scrape !== 'true') return undefined;
  if (/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) <= 65535 && /^\/[!-~]*$/.test(path))
    return { port: Number(port), path };
  throw new Error('ISTIO_PROMETHEUS_ANNOTATIONS: it names no port and path');
}

function parseAnnotations(text: string): Readonly<Record<string, string>> {
  try {
    const parsed: unknown = JSON.parse(text);
    const entries = Object.entries(Object(parsed)).map(([name, value]) => [name, String(value)]);
    return Object.fromEntries(entries);
  } catch {
    throw new Error('ISTIO_PROMETHEUS_ANNOTATIONS: it is no JSON');
  }
}

/**
 * The proxy's metrics and then the application's, as one page. Without the application's, which a comment says, the
 * proxy's own are still worth telling.
 */
export async function mergedMetrics(own: string, app: AppMetrics | undefined): Promise<string> {
  if (app === undefined) return own;
  try {
    const theirs = withoutEnd(await read(app));
    return `${own}${theirs}${theirs === '' || theirs.endsWith('\n') ? '' : '\n'}`;
  } catch (error) {
    return `${own}# the application’s metrics were not read: ${String(error).replaceAll(/[\r\n]/g, ' ')}\n`;
  }
}

/** OpenMetrics ends with a mark that nothing may follow. */
function withoutEnd(page: string): string {
  return page.endsWith('# EOF\n') ? page.slice(0, -'# EOF\n'.length) : page;
}

function read({ port, path }: AppMetrics): Promise<string> {
  const headers = { accept: 'text/plain;version=0.0.4' };
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers, signal, agent: false }, (response) => {
      const chunks: Uint8Array[] = [];
      let length = 0;
      if (response.statusCode !== 200) response.destroy(new Error(`it answered ${response.statusCode}`));
      response.on('data', (chunk: Uint8Array) => {
        length += chunk.length;
        if (length > LONGEST) response.destroy(new Error(`they are longer than ${LONGEST} bytes`));
        else chunks.push(chunk);
      });
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8'))).on('error', reject);
    });
    asked.on('error', reject).end();
  });
}
