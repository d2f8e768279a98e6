/** Confirmation codes: reading and checking one, beside the bare MAC it is made of. */
import { createHmac } from 'node:crypto';
import { codeMatches, computeCode, readCode, ticketKey, ticketNumber } from '../../src/domain/confirmation-code.ts';
import { type Bench, type BenchResult, judgeRatio } from './bench.ts';

/** A second and core. */
const PROMISED = 10_000;
const ROUND_MS = 1_000;
const secret = Buffer.alloc(32, 7);
const subject = { serial: 'NB550421', environment: 'Dx', sha256: 'ab'.repeat(32) };

/** How often `work` runs in a second, on this one core. */
function rate(work: (turn: number) => void): number {
  for (let turn = 0; turn < 2_000; turn++) work(turn);
  const start = performance.now();
  let turns = 0;
  while (performance.now() - start < ROUND_MS) for (let in100 = 0; in100 < 100; in100++) work(turns++);
  return Math.round((turns * 1000) / (performance.now() - start));
}

function checkCodes(): BenchResult[] {
  const codes = Array.from({ length: 1_000 }, (_, ticketId) =>
    computeCode(
      ticketKey(secret, ticketId),
      { ticket: ticketNumber(ticketId), result: 'done', backedUp: true, doneOn: '2022-05-09' },
      subject,
    ),
  );
  const key = ticketKey(secret, 1);
  const text = JSON.stringify(subject);
  const mac = rate(() => {
    createHmac('sha256', key).update(text).digest();
  });
  const checked = rate((turn) => {
    const ticketId = turn % codes.length;
    const code = readCode(codes[ticketId] ?? '');
    if ('fault' in code || !codeMatches(ticketKey(secret, ticketId), code, subject))
      throw new Error('a right code failed');
  });
  const detail = `${checked.toLocaleString('en')} codes a second and core: signs read, key of the ticket derived, MAC compared; a bare MAC ${mac.toLocaleString('en')}`;
  return [judgeRatio('codes checked a second / 10,000', checked / PROMISED, { kind: 'at-least', value: 1 }, detail)];
}

export const bench: Bench = { name: 'codes', run: async () => checkCodes() };
