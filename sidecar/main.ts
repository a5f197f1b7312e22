/** The sidecar process: joins the mesh and serves its workload until it is asked to stop. */
import process from 'node:process';
import { runProxy } from '../src/runtime/control/run-proxy.ts';
import { sidecarOptions } from './options.ts';
import { Sidecar } from './sidecar.ts';

await runProxy('sidecar', () => Sidecar.join(sidecarOptions(process.argv.slice(2), process.env)));
