import type { KitEntry } from '../adapters/kit.ts';
import { printTicketKey, ticketKey, ticketNumber } from '../domain/confirmation-code.ts';
import { canonicalJson } from '../domain/notice.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { Context } from './context.ts';
import { kitMetadata } from './trust-kit.ts';

/** A kit as a file: its name, and its bytes as they are made. */
export interface KitFile {
  name: string;
  bytes: AsyncIterable<Uint8Array>;
}

const day = (at: Date): string => at.toISOString().slice(0, 10);
const json = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, null, 1)}\n`);
/** Text as the simplest editor of an old Windows reads it. */
const text = (lines: readonly string[]): Buffer =>
  Buffer.from(`\ufeff${lines.join('\n').replaceAll('\n', '\r\n')}\r\n`);

/**
 * The ZIP of a prepared kit: package, metadata, verifier, tickets, and words on how to go about it. The package's bytes
 * pass through; none of them is kept in memory.
 */
export async function makeKitFile(ctx: Context, kitId: number): Promise<KitFile | Refusal> {
  const no = forbid(ctx.actor, 'kit.work');
  if (no) return no;
  const kit = await ctx.db
    .selectFrom('kit as t')
    .innerJoin('package as k', 'k.id', 't.package_id')
    .innerJoin('remedy as r', 'r.id', 't.remedy_id')
    .innerJoin('action as a', 'a.id', 't.action_id')
    .select(['t.id', 't.state', 't.language', 't.prepared_at', 't.good_until', 'k.id as package_id', 'k.version'])
    .select([
      'k.file_name',
      'k.size',
      'k.storage_key',
      'k.manifest',
      'k.instructions',
      'r.name as remedy',
      'a.reference',
    ])
    .where('t.id', '=', kitId)
    .executeTakeFirst();
  if (!kit?.prepared_at || !kit.good_until) return refuse('kit.not-prepared', { id: kitId });
  const metadata = await kitMetadata(ctx, { packageId: kit.package_id, asOf: kit.prepared_at, until: kit.good_until });
  if (isRefusal(metadata)) return metadata;
  const tickets = await loadTickets(ctx, kitId);
  const size = kit.size ?? 0;
  const facts = {
    format: 1,
    action: kit.reference,
    remedy: kit.remedy,
    version: kit.version,
    file: kit.file_name,
    targets: metadata.targets,
    preparedOn: day(kit.prepared_at),
    goodUntil: day(kit.good_until),
    rootSha256: metadata.rootSha256,
    server: ctx.settings.publicUrl,
  };
  const entries: KitEntry[] = [
    { name: 'START-HERE.txt', bytes: startHere(ctx, { ...facts, language: kit.language }, tickets) },
    { name: 'start.cmd', bytes: Buffer.from(START_WINDOWS) },
    { name: 'start.sh', bytes: Buffer.from(START_LINUX), program: true },
    { name: 'kit.json', bytes: json(facts) },
    { name: 'tickets.json', bytes: json(tickets) },
    { name: 'manifest.json', bytes: Buffer.from(canonicalJson(kit.manifest)) },
    ...[...metadata.files].map(([name, bytes]) => ({ name: `metadata/${name}`, bytes })),
    ...Object.entries(kit.instructions)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([language, words]) => ({ name: `instructions/${language}.txt`, bytes: text([words]) })),
    { name: 'verifier/fieldfix-verifier.js', bytes: await ctx.kits.verifier() },
    { name: `package/${kit.file_name}`, size, read: () => ctx.packages.read(kit.storage_key, 0, size) },
  ];
  return { name: `kit-${kit.id}-${kit.reference}.zip`, bytes: ctx.kits.zip(entries, kit.prepared_at) };
}

interface TicketLine {
  number: number;
  key: string;
  serial: string;
  product: string;
  environment: string;
}

async function loadTickets(ctx: Context, kitId: number): Promise<TicketLine[]> {
  const rows = await ctx.db
    .selectFrom('kit_correction as kc')
    .innerJoin('correction as c', 'c.id', 'kc.correction_id')
    .innerJoin('installation_ticket as t', 't.correction_id', 'c.id')
    .innerJoin('unit as u', 'u.id', 'c.unit_id')
    .innerJoin('environment as e', 'e.id', 'c.environment_id')
    .innerJoin('product as p', 'p.id', 'c.product_id')
    .select(['t.id', 'u.serial', 'e.code as environment', 'p.name as product'])
    .where('kc.kit_id', '=', kitId)
    .where('t.replaced_at', 'is', null)
    .orderBy('u.serial')
    .orderBy('e.position')
    .execute();
  return rows.map(({ id, ...row }) => ({
    number: ticketNumber(id),
    key: printTicketKey(ticketKey(ctx.settings.secret, id)),
    ...row,
  }));
}

/** What to do, in the laboratory's language, and in English for whoever comes to help; then the tickets in print. */
function startHere(
  ctx: Context,
  kit: { action: string; remedy: string; version: string; goodUntil: string; rootSha256: string; language: string },
  tickets: readonly TicketLine[],
): Buffer {
  const lines: string[] = [];
  for (const language of new Set([kit.language, 'en'])) {
    const say = ctx.say(language);
    const { action, remedy, version, goodUntil } = kit;
    lines.push(`${action}: ${remedy} ${version}`, '', say('letter.kit.what', { day: goodUntil }), '');
    for (const step of ['backup', 'start', 'follow', 'code', 'again', 'return'] as const)
      lines.push(`- ${say(`letter.kit.${step}`)}`);
    lines.push('', say('letter.kit.fingerprint'), `  ${kit.rootSha256}`, '', '');
  }
  for (const one of tickets) lines.push(`${one.product}  ${one.serial}  ${one.environment}  ${one.number}  ${one.key}`);
  return text(lines);
}

const START_WINDOWS = `@echo off\r
cd /d "%~dp0"\r
if exist verifier\\fieldfix-verifier.exe (verifier\\fieldfix-verifier.exe %*) else (node verifier\\fieldfix-verifier.js %*)\r
pause\r
`;
const START_LINUX = `#!/bin/sh
cd "$(dirname "$0")" || exit 1
if [ -x verifier/fieldfix-verifier ]; then exec verifier/fieldfix-verifier "$@"; fi
exec node verifier/fieldfix-verifier.js "$@"
`;
