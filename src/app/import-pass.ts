/** One pass over a file: every row checked, compared with what is known, and handed on in batches. */
import { createHash } from 'node:crypto';
import type { Table } from '../adapters/table-file.ts';
import type { TableRow } from '../adapters/table-file-error.ts';
import type { ImportKind, ImportMapping, planImport } from '../domain/import.ts';
import type { Reader } from './context.ts';
import { makeSeenKeys } from './import-keys.ts';
import { memoryGuard } from './import-memory.ts';
import { type CheckedRow, finding, type Judgement, judgeAgainst, type KindWriter } from './import-records.ts';

/** Rows by what becomes of them. */
export interface ImportCounts {
  seen: number;
  created: number;
  changed: number;
  same: number;
  rejected: number;
}

export interface PassResult {
  counts: ImportCounts;
  /** The same for two passes that come to the same verdict on every row. */
  outcome: string;
}

/** Large enough that a statement's own cost is gone, small enough for short waits of everybody else. */
const BATCH = 5_000;
/** Rows that wait for another row of the file; more than these are refused with the mend to sort the file. */
const WAITING = 50_000;

export interface Pass<K extends ImportKind> {
  table: Table;
  mapping: ImportMapping;
  check: ReturnType<typeof planImport<K>>;
  writer: KindWriter<K>;
  /** Database of one batch: a short transaction of its own, or the one that applies everything. */
  reader: Reader;
  /** Takes one batch; the next one is being read and judged meanwhile. `counts` are as of this batch. */
  take: (judged: Judgement[], counts: ImportCounts) => Promise<void>;
}

/**
 * Reads the file to its end. A row whose key stood in an earlier row is refused and names it.
 * @throws what `take` throws; TableFileError when the file breaks off
 */
export async function runPass<K extends ImportKind>(pass: Pass<K>): Promise<PassResult> {
  const counts: ImportCounts = { seen: 0, created: 0, changed: 0, same: 0, rejected: 0 };
  const outcome = createHash('sha256');
  const seen = makeSeenKeys();
  const headings = pass.table.header;
  let waiting: CheckedRow<K>[] = [];

  const taking: Promise<void>[] = [];
  async function settle(judged: Judgement[]): Promise<void> {
    let told = '';
    for (const row of judged) {
      if (row.verdict !== 'reject') {
        const first = seen.firstRow(row.key, row.number);
        if (first !== undefined) {
          row.verdict = 'reject';
          row.findings = [
            finding('', row.label, 'import.duplicate', { first, what: pass.writer.subject, key: row.label }),
          ];
        }
      }
      counts.seen++;
      switch (row.verdict) {
        case 'create':
          counts.created++;
          break;
        case 'change':
          counts.changed++;
          told += `${row.number} ${row.id} ${JSON.stringify(row.after)}\n`;
          break;
        case 'same':
          counts.same++;
          break;
        default:
          counts.rejected++;
          told += `${row.number} ${row.findings[0]?.code}\n`;
          for (const one of row.findings) one.heading ||= headings[pass.mapping[one.column] ?? -1] ?? '';
      }
    }
    outcome.update(`${told}${counts.created} ${counts.changed} ${counts.same} ${counts.rejected}\n`);
    if (taking.length >= pass.writer.writesAtOnce) await taking.shift();
    const taken = pass.take(judged, { ...counts });
    // Awaited before a later batch is taken; until then a failure has nobody who listens.
    taken.catch(() => {});
    taking.push(taken);
  }

  async function judge(rows: TableRow[], results: ReturnType<typeof pass.check>[]): Promise<void> {
    const sound: CheckedRow<K>[] = [];
    const judged: Judgement[] = [];
    for (const [index, { number, cells }] of rows.entries()) {
      const result = results[index];
      if (!result) continue;
      if ('values' in result) sound.push({ number, cells, values: result.values });
      else judged.push(judgeAgainst({ number, cells }, 'reject', result.findings));
    }
    const answers = sound.length > 0 ? await pass.writer.judge(pass.reader, sound) : [];
    for (const [index, answer] of answers.entries()) {
      const row = sound[index];
      if (answer.verdict === 'wait' && row && waiting.length < WAITING) waiting.push(row);
      else judged.push(answer.verdict === 'wait' ? { ...answer, verdict: 'reject' } : answer);
    }
    await settle(judged);
  }

  const tidy = memoryGuard();
  let busy: Promise<void> = Promise.resolve();
  try {
    for await (const rows of inBatches(pass.table.batches)) {
      const results = rows.map((row) => pass.check(row.cells));
      await busy;
      tidy();
      busy = judge(rows, results);
      // Awaited in the next round; until then a failure has nobody who listens.
      busy.catch(() => {});
    }
    await busy;
    while (waiting.length > 0) {
      const again = waiting;
      waiting = [];
      // What they wait for may be among the rows just taken.
      await Promise.all(taking);
      const answers = await pass.writer.judge(pass.reader, again);
      waiting = again.filter((_, index) => answers[index]?.verdict === 'wait');
      const stuck = waiting.length === again.length;
      if (stuck) waiting = [];
      await settle(
        answers
          .filter((answer) => stuck || answer.verdict !== 'wait')
          .map((answer) => (answer.verdict === 'wait' ? { ...answer, verdict: 'reject' } : answer)),
      );
    }
    await Promise.all(taking);
  } finally {
    await busy.catch(() => {});
    await Promise.allSettled(taking);
    await pass.table.close();
  }
  return { counts, outcome: outcome.digest('hex') };
}

async function* inBatches(batches: AsyncIterable<TableRow[]>): AsyncGenerator<TableRow[]> {
  let collected: TableRow[] = [];
  for await (const rows of batches) {
    collected = collected.length === 0 ? rows : collected.concat(rows);
    while (collected.length >= BATCH) {
      yield collected.slice(0, BATCH);
      collected = collected.slice(BATCH);
    }
  }
  if (collected.length > 0) yield collected;
}
