import { exitCode } from '../exit-code.ts';
import { lifeText, proxyName, type RunningProxy } from '../mesh-state.ts';
import type { MeshLook } from './look.ts';

/** One check and how it went. */
export interface Verdict {
  readonly ok: boolean;
  readonly text: string;
  /** What does not fit, a line each. */
  readonly details: readonly string[];
  readonly remedy: string;
  /** Of `weft check` when this is the first failure. */
  readonly exitCode: number;
}

/** Clocks further apart make certificates and proofs invalid too early or too late, ms. */
const maxSkewMs = 5000;
/** Proxies report every five seconds, ms. */
const maxSilenceMs = 20_000;
/** Certificates are renewed at half their life; with less than this share left nobody renewed them. */
const leastLifeShare = 0.25;
const monthMs = 30 * 24 * 3600 * 1000;

/** Every check in order; a mesh whose control does not answer has but one. */
export function judgeMesh(look: MeshLook | string): Verdict[] {
  if (typeof look === 'string') return [unreachable(look)];
  return checks.map((check) => check(look));
}

type Check = (look: MeshLook) => Verdict;

const checks: readonly Check[] = [
  ({ control, answerMs }) =>
    verdict([], `control answers at ${control} in ${answerMs} ms`, '', exitCode.unavailable),
  published,
  signingKey,
  roots,
  configuration,
  attendance,
  reports,
  revisions,
  certificates,
  clocks,
  gateway,
];

function verdict(details: readonly string[], text: string, remedy: string, code: number): Verdict {
  return { ok: details.length === 0, text, details, remedy, exitCode: code };
}

const unreachable = (reason: string): Verdict =>
  verdict([reason], 'control answers', 'start the mesh with: npm start', exitCode.unavailable);

function published({ status: { revision, expires, now } }: MeshLook): Verdict {
  const left = expires - now;
  const text =
    revision > 0
      ? `revision ${revision} is published, good for ${lifeText(left)}`
      : 'configuration is published';
  const details = [
    ...(revision === 0 ? ['nothing has been published'] : []),
    ...(revision > 0 && left <= 0 ? [`its manifest expired ${lifeText(-left)} ago`] : []),
  ];
  return verdict(
    details,
    text,
    'apply manifests with: weft apply -f …; see the log of control',
    exitCode.error,
  );
}

function signingKey({ signingKey: own, status }: MeshLook): Verdict {
  const details =
    own === undefined
      ? ['there is no signing-key.json in the state directory']
      : [
          ...(status.signingKeys.includes(own.thumbprint)
            ? []
            : [`control signs with ${status.signingKeys.join(', ')}`]),
          ...(own.open ? ['others than its owner may read signing-key.json'] : []),
        ];
  const text = `proxies are given the signing key ${own?.thumbprint ?? ''}, readable by its owner only`;
  const remedy =
    'is --state the directory of this mesh? If so: chmod 600 signing-key.json, and start control again';
  return verdict(details, text, remedy, exitCode.error);
}

function roots({ rootExpires, status: { now } }: MeshLook): Verdict {
  const left = rootExpires - now;
  const details = left < monthMs ? [`it ends in ${lifeText(left)}`] : [];
  return verdict(
    details,
    `the root certificate lives for ${lifeText(left)}`,
    'make a new root in time',
    exitCode.certificateExpiring,
  );
}

function configuration({ diagnostics, status: { unreadable } }: MeshLook): Verdict {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const warnings = diagnostics.filter(({ severity }) => severity === 'warning').length;
  const details = [
    ...unreadable.map((key) => `${key} cannot be read`),
    ...errors.map(({ code, position, message }) => `${code} ${position.file}:${position.line} ${message}`),
  ];
  const text = `the configuration has no errors${warnings > 0 ? ` (${warnings} warnings: weft validate -f tells them)` : ''}`;
  return verdict(
    details,
    text,
    'correct and apply them, or go back with: weft rollback',
    exitCode.foundIssues,
  );
}

function attendance({ status: { workloads }, proxies }: MeshLook): Verdict {
  const there = new Set(proxies.map(({ namespace, workload }) => `${namespace}/${workload}`));
  const details = workloads.filter((name) => !there.has(name)).map((name) => `${name} has no sidecar`);
  const text = `all ${workloads.length} workloads have a sidecar`;
  return verdict(details, text, 'start it, or see its log in the state directory', exitCode.error);
}

function reports({ proxies, status: { now } }: MeshLook): Verdict {
  const text = 'every proxy reports to control';
  const said = ({ lastReport }: RunningProxy) =>
    lastReport === 0 ? 'never' : `${lifeText(now - lastReport)} ago for the last time`;
  const details = proxies
    .filter(({ lastReport }) => now - lastReport > maxSilenceMs)
    .map((proxy) => `${proxyName(proxy)} reported ${said(proxy)}`);
  return verdict(details, text, 'its log says why control cannot be reached', exitCode.error);
}

function revisions({ proxies, status: { revision } }: MeshLook): Verdict {
  const details = proxies
    .filter(({ synced, rejected }) => !synced || rejected)
    .map((proxy) => {
      const why = proxy.rejected ? `; it refused ${proxy.rejected.code} ${proxy.rejected.detail}` : '';
      return `${proxyName(proxy)} runs revision ${proxy.revision}${why}`;
    });
  const text = `all ${proxies.length} proxies run revision ${revision}`;
  return verdict(
    details,
    text,
    'wait a moment and check again; weft proxy-status tells more',
    exitCode.notConverged,
  );
}

function certificates({ proxies, status: { now } }: MeshLook): Verdict {
  const details = proxies.flatMap((proxy) => {
    const { certificate } = proxy;
    if (!certificate) return [];
    const { notBefore, notAfter } = certificate;
    const left = notAfter - now;
    if (left > (notAfter - notBefore) * leastLifeShare) return [];
    return [
      `${proxyName(proxy)}: ${left > 0 ? `${lifeText(left)} left, not renewed` : `expired ${lifeText(-left)} ago`}`,
    ];
  });
  const lives = proxies.flatMap(({ certificate }) => (certificate ? [certificate.notAfter - now] : []));
  const shortest = lives.length > 0 ? `; the shortest lives for ${lifeText(Math.min(...lives))}` : '';
  return verdict(
    details,
    `certificates are renewed in time${shortest}`,
    'see the logs of control and of these proxies; a proxy whose certificate expired needs a new join bundle',
    exitCode.certificateExpiring,
  );
}

function clocks({ proxies, status, now }: MeshLook): Verdict {
  const own =
    Math.abs(status.now - now) > maxSkewMs ? [`control's is ${status.now - now} ms from this machine's`] : [];
  const others = proxies
    .filter(({ lastReport, skewMs }) => lastReport > 0 && Math.abs(skewMs) > maxSkewMs)
    .map((proxy) => `${proxyName(proxy)} is ${Math.round(proxy.skewMs)} ms from control's`);
  return verdict(
    [...own, ...others],
    `clocks agree within ${maxSkewMs / 1000} s`,
    'synchronise them (NTP)',
    exitCode.error,
  );
}

function gateway({ gateway: answer }: MeshLook): Verdict {
  const remedy = 'see gateway.log in the state directory';
  if (!answer) return verdict(['no gateway has reported'], 'the gateway answers', remedy, exitCode.error);
  const { url, status, tells } = answer;
  const good = tells ? status === 200 : status > 0;
  const details = good ? [] : [status === 0 ? 'no answer' : `it answered ${status}: it has no configuration`];
  return verdict(details, `the gateway answers at ${url}`, remedy, exitCode.error);
}
