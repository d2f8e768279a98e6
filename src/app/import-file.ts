/** An import from the first to the last step in one call, without the queue: for the command line, the example and benches. */
import type { ImportState } from '../db/schema-imports.ts';
import type { ImportKind } from '../domain/import.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, transact } from './context.ts';
import { applyAtOnce } from './import-at-once.ts';
import { checkMapping, proposeFor } from './import-mapping.ts';
import { applyImport, mapImport, uploadImport } from './import-steps.ts';
import { checkImport, runImport } from './import-work.ts';
import { once } from './stored-files.ts';

export type ImportFileInput = ({ bytes: Uint8Array } | { stream: AsyncIterable<Uint8Array> }) & {
  kind: ImportKind;
  /** The name it is kept under. */
  name: string;
  /** `check` stops before anything is changed; `valid` leaves refused rows out. */
  mode: 'all' | 'valid' | 'check';
  dateOrder?: '' | 'dmy' | 'mdy';
};

export interface ImportFileResult {
  id: number;
  state: ImportState;
  seen: number;
  created: number;
  changed: number;
  same: number;
  rejected: number;
}

/** The queue is not asked: the steps run here. */
const nobody = { enqueue: async () => {} };
/** A check that others outdate again and again ends here. */
const TRIES = 5;

/**
 * Uploads, maps and applies a file. The mapping kept for its headings is used, else the one proposed. A file in which
 * something is wrong is checked first and then applied as far as `mode` allows.
 * Refuses what the single steps refuse; `import.rejected-rows` leaves the import checked, to be looked at.
 */
export async function importFile(ctx: Context, input: ImportFileInput): Promise<ImportFileResult | Refusal> {
  const alone: Context = { ...ctx, queue: { ...ctx.queue, ...nobody } };
  const { kind, name, mode } = input;
  const source = 'bytes' in input ? once(input.bytes) : input.stream;
  const uploaded = await uploadImport(alone, { kind, name, source });
  if (isRefusal(uploaded)) return uploaded;
  const { id } = uploaded;
  if (uploaded.state === 'uploaded') {
    const mapped = await mapAsProposed(alone, id, kind, input.dateOrder);
    if (isRefusal(mapped)) return mapped;
  }
  const no = mode === 'check' ? undefined : forbid(ctx.actor, 'import.apply');
  if (no) return no;
  // Nobody looks at a check in between, unless it finds something.
  if (mode !== 'check' && (await applyAtOnce(alone, id, mode))) return readResult(alone, id);
  for (let attempt = 1; ; attempt++) {
    await checkImport(alone, id);
    const checked = await readResult(alone, id);
    if (isRefusal(checked) || mode === 'check') return checked;
    const started = await applyImport(alone, { id, mode });
    if (isRefusal(started)) return started;
    await runImport(alone, id);
    const applied = await readResult(alone, id);
    if (isRefusal(applied) || applied.state === 'applied' || attempt === TRIES) return applied;
  }
}

async function mapAsProposed(
  ctx: Context,
  id: number,
  kind: ImportKind,
  asked: '' | 'dmy' | 'mdy' | undefined,
): Promise<{ id: number } | Refusal> {
  const { found } = await ctx.db.selectFrom('import').select('found').where('id', '=', id).executeTakeFirstOrThrow();
  const proposal = await proposeFor(ctx.db, kind, found);
  const order = proposal.dateOrder === 'dmy' || proposal.dateOrder === 'mdy' ? proposal.dateOrder : '';
  const dateOrder = asked || order;
  return (
    checkMapping(kind, proposal.mapping, found, dateOrder) ??
    mapImport(ctx, { id, mapping: proposal.mapping, dateOrder })
  );
}

async function readResult(ctx: Context, id: number): Promise<ImportFileResult | Refusal> {
  const row = await transact(ctx, (tx) =>
    tx.selectFrom('import').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
  );
  if (row.state === 'failed' && row.problem) return refuse(row.problem.code, row.problem.params);
  return {
    id,
    state: row.state,
    seen: row.rows_seen,
    created: row.rows_created,
    changed: row.rows_changed,
    same: row.rows_same,
    rejected: row.rows_rejected,
  };
}
