/** What every bench is made of; run.ts runs them. */
import type { DatabaseHandle } from '../../src/db/client.ts';

/** One figure: what was measured, the bound, and whether it keeps it. `at-most` 5 means 5 times as long at most. */
export interface BenchResult {
  label: string;
  ratio: number;
  limit: { kind: 'at-most' | 'at-least'; value: number };
  pass: boolean;
  detail: string;
}

export interface BenchContext {
  kind: DatabaseHandle['kind'];
  /** A fresh, migrated database on disk. `files`: a folder that this process and the database can both read. */
  open(): Promise<{ handle: DatabaseHandle; folder: string; files: { here: string; there: string } }>;
  /** Share of the full size; 1 unless asked otherwise. */
  scale: number;
  say(text: string): void;
}

/** What a file of this folder exports as `bench`. */
export interface Bench {
  name: string;
  run(context: BenchContext): Promise<BenchResult[]>;
}

/** Makes a result and decides it. */
export function judgeRatio(label: string, ratio: number, limit: BenchResult['limit'], detail: string): BenchResult {
  return { label, ratio, limit, pass: limit.kind === 'at-most' ? ratio <= limit.value : ratio >= limit.value, detail };
}
