/** Makes one file of the sidecar and its runtime: `node sidecar/compile.ts --runtime deno|bun --out FILE`. */
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SIDECAR_VARIABLES } from '../src/runtime/control/sidecar-variables.ts';

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, '..', 'node_modules');
const main = join(here, 'main.ts');

/** What the file may do under Deno is settled when it is made: directories and ports are known when it runs. */
const denoPermissions = [
  '--allow-net',
  '--allow-read',
  '--allow-write',
  `--allow-env=${['WEFT_*', ...SIDECAR_VARIABLES].join(',')}`,
];

/** The command that makes the file. */
function compiler(runtime: string, out: string): readonly [file: string, ...args: string[]] {
  if (runtime === 'bun')
    return [join(modules, 'bun', 'bin', 'bun.exe'), 'build', '--compile', '--minify', '--outfile', out, main];
  if (runtime === 'deno')
    return [
      join(modules, 'deno', 'deno'),
      'compile',
      '--no-check',
      '--no-prompt',
      ...denoPermissions,
      '-o',
      out,
      main,
    ];
  throw new Error(`--runtime must be deno or bun, not ${runtime}`);
}

const { values } = parseArgs({
  options: { runtime: { type: 'string', default: 'bun' }, out: { type: 'string', default: 'weft-sidecar' } },
});
const [file, ...args] = compiler(values.runtime, resolve(values.out));
const { status } = spawnSync(file, args, { stdio: 'inherit' });
process.exitCode = status ?? 1;
