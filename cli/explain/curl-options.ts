/** A request as curl's options build it. */
export interface CurlDraft {
  method?: string;
  url?: string;
  readonly headers: string[];
  readonly data: string[];
  /** Data goes into the query. */
  get?: boolean;
  head?: boolean;
  json?: boolean;
  form?: boolean;
  upload?: boolean;
}

type Take = (draft: CurlDraft, value: string) => void;

const header =
  (name: string): Take =>
  ({ headers }, value) => {
    headers.push(`${name}: ${value}`);
  };
const data: Take = (draft, value) => {
  draft.data.push(value);
};
const nothing = () => undefined;

/** Options with a value, by their long name. */
export const valuedOptions: ReadonlyMap<string, Take> = new Map<string, Take>([
  [
    '--request',
    (draft, value) => {
      draft.method = value;
    },
  ],
  [
    '--url',
    (draft, value) => {
      draft.url = value;
    },
  ],
  [
    '--header',
    ({ headers }, value) => {
      headers.push(...headerLine(value));
    },
  ],
  ['--user-agent', header('user-agent')],
  ['--referer', header('referer')],
  ['--cookie', header('cookie')],
  [
    '--range',
    (draft, value) => {
      draft.headers.push(`range: bytes=${value}`);
    },
  ],
  [
    '--user',
    (draft, value) => {
      draft.headers.push(`authorization: Basic ${btoa(value)}`);
    },
  ],
  [
    '--oauth2-bearer',
    (draft, value) => {
      draft.headers.push(`authorization: Bearer ${value}`);
    },
  ],
  ['--data', data],
  ['--data-ascii', data],
  ['--data-raw', data],
  ['--data-binary', data],
  [
    '--data-urlencode',
    (draft, value) => {
      draft.data.push(urlEncoded(value));
    },
  ],
  [
    '--json',
    (draft, value) => {
      draft.json = true;
      draft.data.push(value);
    },
  ],
  [
    '--form',
    (draft) => {
      draft.form = true;
    },
  ],
  [
    '--form-string',
    (draft) => {
      draft.form = true;
    },
  ],
  [
    '--upload-file',
    (draft) => {
      draft.upload = true;
    },
  ],
]);

/** Options with a value that say nothing about what a mesh decides by. */
export const ignoredValues: ReadonlySet<string> = new Set(
  '--output --write-out --max-time --connect-timeout --retry --retry-delay --retry-max-time --proxy --noproxy --resolve --connect-to --cacert --cert --key --interface --limit-rate --max-redirs --trace --trace-ascii --stderr --cookie-jar --dump-header --dns-servers --ciphers --tls-max --keepalive-time --unix-socket --config'.split(
    ' ',
  ),
);

/** Options without a value. */
export const curlFlags: ReadonlyMap<string, (draft: CurlDraft) => void> = new Map<
  string,
  (draft: CurlDraft) => void
>([
  [
    '--get',
    (draft) => {
      draft.get = true;
    },
  ],
  [
    '--head',
    (draft) => {
      draft.head = true;
    },
  ],
  [
    '--compressed',
    ({ headers }) => {
      headers.push('accept-encoding: deflate, gzip, br, zstd');
    },
  ],
  ...'--insecure --silent --show-error --verbose --include --location --fail --fail-with-body --http1.1 --http1.0 --http2 --http2-prior-knowledge --ipv4 --ipv6 --no-buffer --globoff --remote-name --progress-bar --no-keepalive --path-as-is --tlsv1.2 --tlsv1.3 --raw --parallel --disable --location-trusted --no-progress-meter'
    .split(' ')
    .map((name): [string, (draft: CurlDraft) => void] => [name, nothing]),
]);

/** Long names by letter. */
export const shortNames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    X: '--request',
    H: '--header',
    d: '--data',
    A: '--user-agent',
    e: '--referer',
    b: '--cookie',
    r: '--range',
    u: '--user',
    F: '--form',
    T: '--upload-file',
    G: '--get',
    I: '--head',
    o: '--output',
    w: '--write-out',
    m: '--max-time',
    x: '--proxy',
    E: '--cert',
    c: '--cookie-jar',
    D: '--dump-header',
    K: '--config',
    k: '--insecure',
    s: '--silent',
    S: '--show-error',
    v: '--verbose',
    i: '--include',
    L: '--location',
    f: '--fail',
    N: '--no-buffer',
    g: '--globoff',
    O: '--remote-name',
    '#': '--progress-bar',
    4: '--ipv4',
    6: '--ipv6',
    0: '--http1.0',
    q: '--disable',
    Z: '--parallel',
  }),
);

/** As curl sends it: `Name;` is an empty header, `Name:` takes a default one away. */
function headerLine(line: string): string[] {
  if (/^[^:]+;\s*$/.test(line)) return [`${line.replace(/;\s*$/, '')}:`];
  return /^[^:]+:\s*$/.test(line) ? [] : [line];
}

/** `name=content` encodes the content, `=content` and `content` everything. */
function urlEncoded(value: string): string {
  const equals = value.indexOf('=');
  if (equals <= 0) return encodeURIComponent(value.slice(equals + 1));
  return `${value.slice(0, equals)}=${encodeURIComponent(value.slice(equals + 1))}`;
}
