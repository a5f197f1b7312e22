/** Signatures on the runtime that runs this file; prints how many were tried, or what went wrong. */
import 'reflect-metadata';
import { signatureSuite } from './signature-suite.ts';

const { tried, wrong } = await signatureSuite();
console.log(wrong.length === 0 ? `${tried} signatures judged` : wrong.join('\n'));
