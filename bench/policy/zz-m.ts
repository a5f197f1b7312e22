import { callTime, slowCallTime, warm, warmSlow } from '../call-time.ts';
import { NOW, policyWork } from './policy-work.ts';
import { tokenWork } from './token-work.ts';
const s = process.argv[2] ?? ''; const slow = await tokenWork(s, NOW);
const v: number[] = [];
if (slow) { await warmSlow(slow); for (let i = 0; i < 40; i++) v.push(await slowCallTime(slow, 15)); }
else { const w = await policyWork(s); warm(w); for (let i = 0; i < 250; i++) v.push(callTime(w, 4)); }
v.sort((a, b) => a - b);
console.log(s, 'min', v[0]?.toFixed(0), 'p20', v[Math.floor(v.length / 5)]?.toFixed(0), 'med', v[v.length >> 1]?.toFixed(0));
