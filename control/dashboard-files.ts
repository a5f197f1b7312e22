import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { extname, join, sep } from 'node:path';
import { Hono } from 'hono';
import { isLocalHost } from './local-host.ts';

/** A file as it is sent. */
interface Served {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly tag: string;
  readonly changed: number;
}

/** Folders that the page may read, under the same names as in the repository, so that imports lead to the same place. */
const folders = ['dashboard', 'src'];

/** Packages that the core imports by name, each one file. */
const modules = new Map([['modules/re2js.js', 'node_modules/re2js/build/index.js']]);

const types = new Map([
  ['.ts', 'text/javascript; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.html', 'text/html; charset=utf-8'],
]);

/** No segment begins with a dot, and nothing is decoded. */
const plainPath = /^[a-z0-9][a-z0-9-]*(?:\/[a-z0-9][a-z0-9-]*)*\.(?:ts|css|svg)$/;

/** The dashboard's files below `root`, types stripped: the page runs the very text that the proxies run. */
export function dashboardFiles(root: string): Hono {
  const cache = new Map<string, Served>();
  const app = new Hono();
  app.use(async (context, next) => {
    if (context.req.method !== 'GET' && context.req.method !== 'HEAD') {
      return context.text('only GET is served here', 405, { allow: 'GET, HEAD' });
    }
    if (!isLocalHost(context.req.header('host') ?? ''))
      return context.text('this host is not served here', 421);
    return next();
  });
  app.get('/*', async (context) => {
    const prefix = context.req.path.indexOf('/dashboard/') + '/dashboard/'.length;
    const name = fileNamed(context.req.path.slice(prefix));
    const served = name === undefined ? undefined : await serve(root, name, cache);
    if (served === undefined) return context.text('there is no such file', 404, securityHeaders(''));
    const headers = { ...securityHeaders(policyFor(served)), etag: served.tag, 'cache-control': 'no-cache' };
    if (context.req.header('if-none-match') === served.tag) return context.body(null, 304, headers);
    return context.body(served.body, 200, { ...headers, 'content-type': served.type });
  });
  return app;
}

/** The file of the repository behind a path below `/dashboard/`, if the page may read it. */
export function fileNamed(path: string): string | undefined {
  if (path === '') return 'dashboard/index.html';
  const known = modules.get(path);
  if (known !== undefined) return known;
  const [folder = ''] = path.split('/', 1);
  return folders.includes(folder) && path !== folder && plainPath.test(path) ? path : undefined;
}

async function serve(root: string, name: string, cache: Map<string, Served>): Promise<Served | undefined> {
  const path = join(root, name);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() || !(await isInside(root, path))) return undefined;
  const known = cache.get(name);
  if (known?.changed === found.mtimeMs) return known;
  const served = await prepare(path, found.mtimeMs);
  cache.set(name, served);
  return served;
}

/** A link may not lead out of the folders. */
async function isInside(root: string, path: string): Promise<boolean> {
  const [base, real] = await Promise.all([realpath(root), realpath(path)]);
  return real.startsWith(base + sep);
}

async function prepare(path: string, changed: number): Promise<Served> {
  const text = await readFile(path, 'utf8');
  const extension = extname(path);
  const body = Buffer.from(extension === '.ts' ? stripTypeScriptTypes(text) : text);
  const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  return { body, tag, changed, type: types.get(extension) ?? 'application/octet-stream' };
}

/** Only the document needs to name its import map, the one script that stands in it. */
function policyFor({ type, body }: Served): string {
  if (!type.startsWith('text/html')) return '';
  const map =
    /<script type="importmap">([\s\S]*?)<\/script>/.exec(Buffer.from(body).toString('utf8'))?.[1] ?? '';
  return `'sha256-${createHash('sha256').update(map).digest('base64')}'`;
}

function securityHeaders(scripts: string): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${scripts}`.trim(),
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  };
}
