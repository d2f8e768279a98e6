/** Files that may show what happened to a unit: kept apart from all others by their hash, and never opened here. */
import { forbid, forbidContact } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { aboutIncident, lockIncident, type OpenIncident, writeEntries } from './incident-entries.ts';
import { plainFileName } from './stored-files.ts';

/** Files of one incident, and bytes of one file. What is larger comes on a disk. */
const MOST_FILES = 50;
const MOST_BYTES = 256 * 2 ** 20;

/**
 * Keeps a file that may show what happened: streamed into a store of its own, hashed, and never opened here, for it may
 * be what did the harm. The same file sent twice is kept once.
 * @returns a Refusal where it is too large, empty, or one too many; then nothing is recorded
 */
export async function keepEvidence(
  ctx: Context,
  id: number,
  file: { name: string; bytes: AsyncIterable<Uint8Array>; step?: string; words?: string },
): Promise<{ id: number; sha256: string; size: number } | Refusal> {
  const no = forbid(ctx.actor, 'incident.work');
  if (no) return no;
  const name = plainFileName(file.name);
  const allowed = await transact(ctx, (tx) => checkRoom(tx, ctx, id));
  if (isRefusal(allowed)) return allowed;
  let stored: { sha256: string; size: number };
  try {
    stored = await ctx.evidence.put(file.bytes, MOST_BYTES);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refuse('file.too-large', { file: name, limit: MOST_BYTES / 2 ** 20 }, 'file');
  }
  if (stored.size === 0) return refuse('incident.empty-file', { file: name }, 'file');
  return transact(ctx, async (tx) => {
    const incident = await checkRoom(tx, ctx, id);
    if (isRefusal(incident)) return incident;
    const twin = await tx
      .selectFrom('incident_entry')
      .select('id')
      .where('incident_id', '=', id)
      .where('sha256', '=', stored.sha256)
      .executeTakeFirst();
    if (twin) return { id: twin.id, ...stored };
    const written = await writeEntries(tx, ctx, incident, [
      {
        kind: 'evidence',
        file: { name, ...stored },
        step: file.step?.slice(0, 40) ?? '',
        words: file.words?.trim().slice(0, 5_000) ?? '',
        shown: true,
      },
    ]);
    if (isRefusal(written)) return written;
    await recordEvent(tx, ctx, {
      action: 'incident.evidence',
      ...aboutIncident(incident),
      after: { file: name, ...stored },
    });
    return { id: written[0] ?? 0, ...stored };
  });
}

async function checkRoom(tx: Tx, ctx: Context, id: number): Promise<OpenIncident | Refusal> {
  const incident = await lockIncident(tx, ctx, id);
  if (isRefusal(incident)) return incident;
  const { n } = await tx
    .selectFrom('incident_entry')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('incident_id', '=', id)
    .where('kind', '=', 'evidence')
    .executeTakeFirstOrThrow();
  return Number(n) >= MOST_FILES ? refuse('incident.too-many-files', { most: MOST_FILES }, 'file') : incident;
}

/** Hands a piece of evidence to staff as it came, and records who took it. */
export async function fetchEvidence(
  ctx: Context,
  incidentId: number,
  entryId: number,
): Promise<{ name: string; size: number; sha256: string; bytes: AsyncIterable<Uint8Array> } | Refusal> {
  const no = forbidContact(ctx.actor, 'incident.work');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const row = await tx
      .selectFrom('incident_entry as e')
      .innerJoin('incident as i', 'i.id', 'e.incident_id')
      .select(['e.file_name', 'e.sha256', 'e.size', 'i.action_id', 'i.party_id', 'i.unit_id'])
      .where('e.id', '=', entryId)
      .where('e.incident_id', '=', incidentId)
      .where('e.kind', '=', 'evidence')
      .executeTakeFirst();
    if (!row?.sha256 || row.file_name === null || row.size === null) return refuse('incident.unknown');
    await recordEvent(tx, ctx, {
      action: 'incident.evidence-fetch',
      subject: 'incident',
      subjectId: incidentId,
      actionId: row.action_id,
      partyId: row.party_id,
      unitId: row.unit_id,
      after: { file: row.file_name, sha256: row.sha256 },
    });
    return { name: row.file_name, size: row.size, sha256: row.sha256, bytes: ctx.evidence.read(row.sha256) };
  });
}
