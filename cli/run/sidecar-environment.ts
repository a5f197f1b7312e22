import { SIDECAR_VARIABLES } from '../../src/runtime/control/sidecar-variables.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What programs and runtimes need, beside what a sidecar reads. */
const KEPT = new Set([
  'PATH',
  'HOME',
  'TMPDIR',
  'LANG',
  'NO_COLOR',
  'DENO_DIR',
  'XDG_CACHE_HOME',
  'XDG_CONFIG_HOME',
  ...SIDECAR_VARIABLES,
]);

/** The sidecar's environment: its own variables and nothing of the application's, no proxy and no secret. */
export function sidecarEnvironment(inherited: Environment, credential: string): NodeJS.ProcessEnv {
  const kept = Object.entries(inherited).filter(([name]) => KEPT.has(name) || isOurs(name));
  return { ...Object.fromEntries(kept), WEFT_PROXY_CREDENTIAL: credential, DENO_NO_UPDATE_CHECK: '1' };
}

/** What is control's, or the mesh's where it stands here: the sidecar is told its own directory. */
const FOREIGN = /^WEFT_(STATE$|CA_|GATEWAY_|ADMIN_)/;

const isOurs = (name: string): boolean => name.startsWith('WEFT_') && !FOREIGN.test(name);
