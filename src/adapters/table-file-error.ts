import { type Refusal, refuse } from '../domain/refusal.ts';

/** A file that cannot be read as a table, found out while reading. Carries the refusal an edge shows. */
export class TableFileError extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.code);
    this.name = 'TableFileError';
    this.refusal = refusal;
  }
}

/** Makes the error to throw from a code of `refusal.table.*` and its parameters. */
export function refuseTable(code: string, params: Refusal['params'] = {}): TableFileError {
  return new TableFileError(refuse(code, params));
}

/** What a table may not exceed. */
export const TABLE_LIMITS = { columns: 500, cell: 10_000, rows: 5_000_000, bytes: 2 ** 31 } as const;

/**
 * One row: its number as a spreadsheet shows it, counting from 1 with every row above it, and its cells as text. `formulas`
 * are the places of cells whose value a formula computed when the file was saved.
 */
export type TableRow = { number: number; cells: string[]; formulas?: number[] };
